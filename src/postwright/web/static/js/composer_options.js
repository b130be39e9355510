// The options of a variant: read for saving, put back from what this browser kept, and looked at again once the platform was asked.

const READ = {
  flag: (field, initially) => (initially ? field.defaultChecked : field.checked),
  list: (field, initially) => text(field, initially).split("\n").map((each) => each.trim()).filter(Boolean),
  moment: (field, initially) => (text(field, initially) ? `${text(field, initially).slice(0, 16)}:00Z` : null),
  choice: (field, initially) => text(field, initially) || null,
  text: (field, initially) => text(field, initially).trim() || null,
}

const PUT = {
  flag: (field, value) => { field.checked = Boolean(value) },
  list: (field, value) => { field.value = (value || []).join("\n") },
  moment: (field, value) => { field.value = (value || "").slice(0, 16) },
}

function text(field, initially) {
  if (!initially) return field.value
  return field.options ? field.querySelector("[selected]")?.value ?? field.options[0]?.value ?? "" : field.defaultValue
}

/** What the form says of options, as the API takes it; null where the platform has none. `initially`: as the server sent it. */
export function optionsOf(form, initially = false) {
  const fields = [...form.querySelectorAll("[data-option]")]
  if (!fields.length) return null
  const found = {}
  for (const field of fields) {
    const { option, kind } = field.dataset
    if (kind !== "wish") found[option] = READ[kind](field, initially)
    else found[option] = [...(found[option] || []), ...((initially ? field.defaultChecked : field.checked) ? [field.value] : [])]
  }
  return found
}

/** Puts back what was typed here and never saved. */
export function putOptions(form, options) {
  for (const field of form.querySelectorAll("[data-option]")) {
    const { option, kind } = field.dataset
    if (!options || !(option in options)) continue
    const value = options[option]
    if (kind === "wish") field.checked = (value || []).includes(field.value)
    else if (PUT[kind]) PUT[kind](field, value)
    else field.value = value ?? ""
  }
}

/** While the platform is being asked what the account may choose, the page looks again, ever more rarely, for about a minute. */
export function lookForChoices(form, again = 0) {
  const panel = form.querySelector("details.options[data-asking=yes]")
  if (!panel || again > 5) return 0
  return setTimeout(() => {
    document.dispatchEvent(new CustomEvent("composer:saved", { detail: { ms: 0 } }))
    form.choicesTimer = lookForChoices(form, again + 1)
  }, 1500 * 1.7 ** again)
}
