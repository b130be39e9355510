// Own media in the composer: chosen, dropped or pasted, sent with progress, ordered, cut, undone. The forms also work without this.
import { application, Controller, announce, send, tagged, toast } from "./core.js"
import { openCropper } from "./media_crop.js"
import { upload } from "./media_send.js"

class Media extends Controller {
  static targets = ["input", "list", "everywhere"]
  static values = { draft: String, slug: String, name: String }

  connect() {
    this.stops = []
    for (const place of [this.element, this.panel].filter(Boolean)) {
      this.on(place, "dragover", (event) => this.over(event))
      this.on(place, "dragleave", () => this.element.classList.remove("is-over"))
      this.on(place, "drop", (event) => this.dropped(event))
    }
    this.on(document, "paste", (event) => this.pasted(event))
    this.batch = Promise.resolve()
  }

  disconnect() { for (const stop of this.stops) stop() }

  on(target, name, act) {
    target.addEventListener(name, act)
    this.stops.push(() => target.removeEventListener(name, act))
  }

  get panel() { return document.getElementById(`panel-${this.slugValue}`) }

  // Three ways in.

  chosen() {
    const files = [...this.inputTarget.files]
    this.inputTarget.value = ""
    this.take(files)
  }

  over(event) {
    if (!event.dataTransfer?.types.includes("Files")) return
    event.preventDefault()
    this.element.classList.add("is-over")
  }

  dropped(event) {
    this.element.classList.remove("is-over")
    if (!event.dataTransfer?.files.length) return
    event.preventDefault()
    this.take([...event.dataTransfer.files])
  }

  pasted(event) {
    const files = [...(event.clipboardData?.files || [])]
    if (!files.length || this.element.hidden || document.querySelector("dialog[open]")) return
    event.preventDefault()
    this.take(files)
  }

  // Each file by itself; then all that arrived go into the draft, in the order in which they were given.

  take(files) {
    if (!files.length) return
    const everywhere = this.hasEverywhereTarget && this.everywhereTarget.checked
    const sent = files.map((file) => this.sendOne(file))
    this.batch = this.batch.then(async () => {
      const made = (await Promise.all(sent)).filter(Boolean)
      if (made.length) await this.attach(made.map((medium) => medium.id), everywhere)
    })
  }

  sendOne(file) {
    const line = this.line(file)
    const stop = new AbortController()
    line.cancel.addEventListener("click", () => stop.abort())
    const told = (done, total) => {
      line.progress.value = total ? done / total : 0
      line.state.textContent = done < total ? `${size(done)} of ${size(total)}` : "Being looked at…"
    }
    return upload(file, { told, signal: stop.signal }).then((medium) => {
      line.item.remove()
      return medium
    }).catch((error) => {
      if (stop.signal.aborted) line.item.remove()
      else this.refused(line, file, error)
      return null
    })
  }

  line(file) {
    const item = tagged("li", "upload")
    const name = tagged("span", "upload-name", file.name || "pasted image")
    const cancel = Object.assign(tagged("button", "btn quiet small", "Cancel"), { type: "button" })
    cancel.setAttribute("aria-label", `Cancel ${name.textContent}`)
    const progress = Object.assign(document.createElement("progress"), { max: 1, value: 0 })
    progress.setAttribute("aria-label", `Uploading ${name.textContent}`)
    const state = tagged("span", "upload-state", `0 of ${size(file.size)}`)
    item.append(name, cancel, progress, state)
    this.listTarget.append(item)
    return { item, cancel, progress, state }
  }

  refused(line, file, error) {
    line.item.classList.add("is-bad")
    line.progress.remove()
    line.state.textContent = error.message
    announce(`${file.name}: ${error.message}`)
    line.cancel.textContent = "Dismiss"
    line.cancel.setAttribute("aria-label", `Dismiss ${file.name}`)
    line.cancel.addEventListener("click", () => line.item.remove())
    if (error.status) return
    const again = Object.assign(tagged("button", "btn small", "Try again"), { type: "button" })
    again.addEventListener("click", () => { line.item.remove(); this.take([file]) })
    line.item.append(again)
  }

  async attach(files, everywhere) {
    try {
      await controller(this.panel, "variant")?.save() // what is typed comes first: it counts for the media that stand now
      const draft = await send("POST", `/api/v1/drafts/${this.draftValue}/media`, { files, platforms: everywhere ? null : [this.slugValue] })
      const notes = draft.notes || []
      toast([`${files.length} added${everywhere ? "" : ` to ${this.nameValue}`}.`, ...notes].join(" "), { seconds: notes.length ? 8 : 4 })
    } catch (error) {
      toast(`${error.message} The files are in your media.`, { seconds: 8 })
    }
    refresh()
  }
}

// Buttons by a medium. What they do goes through the variant's form; here is what a form cannot: order by dragging, undo, cut, cover.

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("button")
  if (!button?.closest(".medium")) return
  if (button.dataset.crop) openCropper(button.dataset.crop, (part) => cropped(button, part))
  else if (button.dataset.cover) takeFrame(button)
  else if (button.value.startsWith("media_drop:")) offerUndo(button)
  else if (/^media_(up|down):/.test(button.value)) keepPlace(button)
})

async function cropped(button, part) {
  const made = await send("POST", `/api/v1/media/${button.dataset.crop}/crop`, part)
  press(button.form, `media_swap:${button.dataset.shown}:${made.id}`)
}

function takeFrame(button) {
  const field = document.getElementById(button.dataset.cover)
  const video = button.closest(".medium").querySelector("video")
  field.value = video.currentTime.toFixed(2)
  press(button.form, "media_cover")
}

/** After the button did its work, what was there can be had back, words and all. */
function offerUndo(button) {
  const { form } = button
  const media = order(form)
  const alt_texts = [...form.querySelectorAll("[name=alt]")].map((field) => field.value)
  const [, draft, slug] = form.getAttribute("action").match(/drafts\/([^/]+)\/variants\/([^/]+)/)
  whenChanged(form, () => toast("Removed. It stays among your media.", { undo: async () => {
    const version = Number(document.getElementById(form.id)?.querySelector("[name=version]").value)
    try { await send("PATCH", `/api/v1/drafts/${draft}/variants/${slug}`, { version, media, alt_texts }) } catch (error) { toast(error.message) }
    refresh()
  } }))
}

/** The button keeps the focus where the medium went, and its place is said. */
function keepPlace(button) {
  const { id, value, form } = button
  whenChanged(form, (media) => {
    const found = document.getElementById(id)
    const other = document.getElementById(id.startsWith("up-") ? id.replace("up-", "down-") : id.replace("down-", "up-"))
    ;(found?.disabled ? other : found)?.focus()
    announce(`Now ${media.indexOf(value.split(":")[1]) + 1} of ${media.length}`)
  })
}

// Dragging. The handle is the whole line; the fields in it stay fields.

let dragged = null

document.addEventListener("dragstart", (event) => {
  const item = event.target.closest?.(".medium[draggable=true]")
  if (!item) return
  dragged = item
  event.dataTransfer.effectAllowed = "move"
  event.dataTransfer.setData("text/plain", item.dataset.medium)
  item.classList.add("is-dragged")
})
document.addEventListener("dragover", (event) => {
  const item = dragged && event.target.closest?.(".medium")
  if (!item || item.parentElement !== dragged.parentElement) return
  event.preventDefault()
  unmark()
  if (item !== dragged) item.classList.add(below(item, event) ? "is-after" : "is-before")
})
document.addEventListener("drop", (event) => {
  const item = dragged && event.target.closest?.(".medium")
  if (!item || item === dragged || item.parentElement !== dragged.parentElement) return
  event.preventDefault()
  const media = order(item.closest("form")).filter((id) => id !== dragged.dataset.medium)
  media.splice(media.indexOf(item.dataset.medium) + (below(item, event) ? 1 : 0), 0, dragged.dataset.medium)
  press(item.closest("form"), `media_order:${media.join(",")}`)
})
document.addEventListener("dragend", () => {
  unmark()
  dragged?.classList.remove("is-dragged")
  dragged = null
})

function below(item, event) {
  const { top, height } = item.getBoundingClientRect()
  return event.clientY > top + height / 2
}

function unmark() {
  for (const each of document.querySelectorAll(".is-before,.is-after")) each.classList.remove("is-before", "is-after")
}

// The counter of an alternative text, as one types.

document.addEventListener("input", (event) => {
  const { limit } = event.target.dataset || {}
  if (!limit || event.target.name !== "alt") return
  const counter = document.getElementById(event.target.getAttribute("aria-describedby"))
  const left = Number(limit) - Array.from(event.target.value).length
  counter.querySelector(".counter-number").textContent = left.toLocaleString("en").replace("-", "−")
  counter.classList.toggle("over", left < 0)
})

// A conversion tells how far it is while somebody looks; the draft changes by itself when it is done.

setInterval(async () => {
  for (const place of document.querySelectorAll("[data-conversion]")) {
    try {
      const found = await send("GET", `/api/v1/media/conversions/${place.dataset.conversion}`)
      place.querySelector("progress").value = found.progress
      if (found.status === "ready" || found.status === "failed") {
        place.removeAttribute("data-conversion")
        announce(found.status === "ready" ? "Converted." : found.error)
        refresh()
      }
    } catch { /* asked again in a moment */ }
  }
}, 1500)

function order(form) {
  return [...form.querySelectorAll("[data-medium]")].map((item) => item.dataset.medium)
}

/** As if a button of the form with this value had been pressed. It stays until the page comes in afresh: the form is read later. */
function press(form, value) {
  const found = form.querySelector("[data-pressed]")
  const button = found || Object.assign(document.createElement("button"), { name: "act", hidden: true })
  button.value = value
  button.dataset.pressed = ""
  if (!found) form.append(button)
  form.requestSubmit(button)
}

/** Once the media of this form stand otherwise than now; `act` gets their new order. The page may come in afresh before, for other reasons. */
function whenChanged({ id }, act) {
  const was = order(document.getElementById(id)).join()
  const looked = () => {
    const media = order(document.getElementById(id))
    if (media.join() === was) return
    document.removeEventListener("composer:looked", looked)
    act(media)
  }
  document.addEventListener("composer:looked", looked)
}

function refresh() {
  document.dispatchEvent(new CustomEvent("composer:saved", { detail: { ms: 0 } }))
}

function controller(element, name) {
  return element && application.getControllerForElementAndIdentifier(element, name)
}

function size(bytes) {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.ceil(bytes / 1e3)} kB`
}

application.register("media", Media)
