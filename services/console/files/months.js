// Draws a trend with uPlot in place of the server's line; the table below has the same numbers.
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sept", "Oct", "Nov", "Dec"];
const box = document.querySelector("[data-chart=months]");
const rows = [...document.querySelectorAll("#months-table tbody tr")];

function day(seconds) {
  const at = new Date(seconds * 1000);
  return `${MONTHS[at.getUTCMonth()]} ${at.getUTCFullYear()}`;
}

function draw() {
  const days = rows.map((row) => Date.parse(`${row.dataset.day}T00:00Z`) / 1000);
  const values = rows.map((row) => (row.dataset.value === "" ? null : Number(row.dataset.value)));
  const unit = box.dataset.unit;
  const options = {
    width: box.clientWidth,
    height: 220,
    legend: { show: false },
    cursor: { show: false },
    tzDate: (seconds) => new Date(seconds * 1000),
    // uPlot would write days as Americans do.
    fmtDate: () => (date) => day(date.getTime() / 1000),
    scales: { y: { range: (_, __, most) => [0, most || 1] } },
    axes: [
      { values: (_, splits) => splits.map(day), space: 90, splits: () => days.filter((_, index) => index % Math.ceil(days.length / 6) === 0) },
      { values: (_, splits) => splits.map((one) => `${one}${unit}`), size: 60 },
    ],
    series: [{}, { stroke: "#00533e", width: 3, points: { show: true, size: 9 }, spanGaps: false }],
  };
  const chart = new window.uPlot(options, [days, values], box);
  box.querySelector("svg").remove();
  new ResizeObserver(() => chart.setSize({ width: box.clientWidth, height: 220 })).observe(box);
}

if (box && window.uPlot && rows.length > 1) draw();
