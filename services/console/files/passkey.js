// Lets a form carry what the person's device signs; where the browser cannot ask it, the form stays hidden.
async function ask(form) {
  const told = JSON.parse(form.dataset.options);
  const make = form.dataset.passkey === "create";
  const signed = make
    ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(told) })
    : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(told) });
  form.elements.credential.value = JSON.stringify(signed.toJSON());
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential?.parseCreationOptionsFromJSON) continue;
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    ask(form).then(
      () => form.submit(),
      () => { form.querySelector("[role=alert]").hidden = false; },
    );
  });
}
