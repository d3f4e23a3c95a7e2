// How keys, dialog and player look beside the console's own sheet. Given to the page as a constructed
// sheet, which a strict Content-Security-Policy allows and which needs no request of its own.

const SHEET = `
#key-box .field, #player .field { display: grid; grid-template-columns: minmax(0, 1fr); gap: 0.25rem; max-width: 32rem; margin: 0.75rem 0; }
#key-box .field:has([type="checkbox"]), #player .field:has([type="checkbox"]) {
  display: flex; flex-direction: row-reverse; justify-content: flex-end; gap: 0.5rem;
}
#key-box input, #player input, #player select { max-width: 100%; box-sizing: border-box; font: inherit; }
#key-box dl, dialog.sign dl { display: grid; grid-template-columns: minmax(0, 17rem) minmax(0, 1fr); gap: 0.25rem 1rem; }
#key-box dt, dialog.sign dt { font-weight: 600; }
#key-box dd, dialog.sign dd { margin: 0; overflow-wrap: anywhere; white-space: pre-wrap; }
#key-box dl[hidden] { display: none; }
.status.error { color: #a4000f; font-weight: 600; }
#player .wave { display: block; width: 100%; height: 8rem; color: #1f4e79; border: 1px solid currentColor; cursor: pointer; }
#player .field:has(.position) { max-width: none; }
#player .position, #player .volume, #player .balance { width: 100%; }
#player .buttons { display: flex; flex-wrap: wrap; align-items: center; gap: 0.75rem; }
#player .play { min-width: 8rem; }
#player .time { font-variant-numeric: tabular-nums; }
#player .settings { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(16rem, 100%), 1fr)); gap: 0 1.5rem; align-items: end; }
#player .levels p { margin: 0.25rem 0 0; }
#player .levels { display: grid; gap: 0.25rem; max-width: 32rem; }
#player .levels meter { width: 100%; }
dialog.sign { max-width: min(44rem, 92vw); max-height: 90vh; overflow: auto; box-sizing: border-box; padding: 1rem 1.25rem; }
dialog.sign::backdrop { background: rgb(0 0 0 / 50%); }
dialog.sign pre { overflow: auto; white-space: pre-wrap; overflow-wrap: anywhere; border: 1px solid currentColor; padding: 0.5rem; }
dialog.sign .actions { display: flex; flex-wrap: wrap; gap: 0.75rem; position: sticky; bottom: -1rem; background: #fff; padding: 0.75rem 0; margin: 0; }
#key-box h2:focus, dialog.sign h2:focus { outline: none; }
form[aria-busy] button:not(.quiet) { background: #51606f; border-color: #51606f; cursor: progress; }
dialog.sign h2 { margin: 0 0 0.75rem; }
dialog.sign dl { margin: 0 0 0.75rem; gap: 0.1rem 1rem; }
dialog.sign { border: 1px solid #51606f; border-radius: 6px; }
#key-box [hidden] { display: none; }
#key-box .status { margin: 0.25rem 0; }
form progress { width: 100%; max-width: 32rem; }
.making { display: flex; flex-wrap: wrap; align-items: center; gap: 0.75rem; }
.made h2:focus { outline: none; }
.made dd { margin: 0; overflow-wrap: anywhere; }
.made dt { font-weight: 600; }
@media (max-width: 30rem) {
  #key-box dl, dialog.sign dl { grid-template-columns: minmax(0, 1fr); gap: 0; }
  #key-box dd, dialog.sign dd { margin-bottom: 0.5rem; }
}
@media print { #key-box, #player, dialog.sign { display: none; } }
`;

export function dress() {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(SHEET);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}
