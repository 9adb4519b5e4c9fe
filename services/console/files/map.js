// Makes a map to move about in of what the server drew; without it the drawing stays.
const turn = ([x, y]) => [y, x];

function draw(frame) {
  const told = JSON.parse(frame.dataset.map);
  const [west, south, east, north] = told.box;
  const L = window.L;
  frame.replaceChildren();
  frame.classList.add("bilum-map__frame--live");
  const map = L.map(frame, { attributionControl: false, scrollWheelZoom: false });
  const add = (made, one) => {
    // As text: a string would be taken for HTML.
    const words = document.createElement("span");
    words.textContent = one.label;
    made.bindTooltip(words).addTo(map);
  };
  const rings = (one) => one.rings.map((ring) => ring.map(turn));
  for (const one of told.backdrop) {
    L.polygon(rings(one), { className: "bilum-map__backdrop", interactive: false }).addTo(map);
  }
  for (const one of told.shapes) {
    add(L.polygon(rings(one), { className: `bilum-map__area bilum-map__area--${one.kind}` }), one);
  }
  for (const one of told.circles) {
    const look = { radius: one.kilometres * 1000, className: `bilum-map__area bilum-map__area--${one.kind}` };
    add(L.circle(turn(one.at), look), one);
  }
  for (const one of told.lines) {
    const look = { className: `bilum-map__line bilum-map__line--${one.kind}` };
    add(L.polyline([turn(one.start), turn(one.end)], look), one);
  }
  for (const one of told.points) {
    const look = { radius: 7, className: `bilum-map__point bilum-map__point--${one.kind}` };
    add(L.circleMarker(turn(one.at), look), one);
  }
  L.control.scale({ imperial: false }).addTo(map);
  map.fitBounds([[south, west], [north, east]]);
}

function drawAll(root) {
  for (const frame of root.querySelectorAll("[data-map]:not(.bilum-map__frame--live)")) draw(frame);
}

drawAll(document);
document.addEventListener("htmx:load", (event) => drawAll(event.detail.elt));
