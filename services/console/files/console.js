// Starts the components of govuk-frontend, and says days in words; without it every page works all the same.
import { initAll } from "./govuk-frontend.min.js";

document.body.classList.add("js-enabled", "govuk-frontend-supported");
initAll();

// The day of a field in words, as the server writes them: browsers write it in an order of their own.
function sayDay({ target }) {
  const words = target.type === "date" && document.getElementById(`${target.id}-day`);
  if (!words) return;
  const [year, month, day] = target.value.split("-").map(Number);
  const weekday = (new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 6) % 7;
  const { days, months } = words.dataset;
  words.textContent = target.value && `${days.split(" ")[weekday]} ${day} ${months.split(" ")[month - 1]} ${year}`;
}
document.addEventListener("input", sayDay);
