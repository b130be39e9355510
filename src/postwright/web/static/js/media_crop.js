// Cutting a picture: drag the part, or move it with the arrows. The original stays.
import { send, tagged } from "./core.js"

const RATIOS = { "1:1": 1, "4:5": 0.8, "16:9": 16 / 9, "9:16": 9 / 16, "1.91:1": 1.91, free: null }
const LEAST = 16 // pixels

/** Opens over the picture of that id; `done(part)` gets { ratio, x, y, width, height } in its pixels. */
export async function openCropper(id, done) {
  const medium = await send("GET", `/api/v1/media/${id}`)
  new Cropper(medium, done).open()
}

class Cropper {
  constructor(medium, done) {
    this.medium = medium
    this.done = done
    this.ratio = "free"
    this.part = { x: 0, y: 0, width: medium.width, height: medium.height }
  }

  open() {
    this.dialog = tagged("dialog", "dialog crop-dialog")
    this.dialog.setAttribute("aria-labelledby", "crop-head")
    this.dialog.innerHTML = `
      <div class="head"><h2 id="crop-head">Crop</h2></div>
      <div class="body stack g3">
        <fieldset class="crop-ratios"><legend class="hide-visually">Shape</legend></fieldset>
        <div class="crop-stage"><img alt=""><div class="crop-part" tabindex="0" role="group" aria-label="Part that is kept" aria-describedby="crop-help crop-told"><span class="crop-corner" aria-hidden="true"></span></div></div>
        <p class="t13 row between"><output id="crop-told"></output></p>
        <p class="hint" id="crop-help">Drag it, or: arrows move it, with Shift they change its size. The original is kept.</p>
        <p class="t13 error" role="alert" hidden></p>
      </div>
      <div class="acts"><button class="btn" type="button" data-way="close">Cancel</button><button class="btn main" type="button" data-way="crop">Crop</button></div>`
    this.dialog.querySelector("img").src = new URL(this.medium.url).pathname + new URL(this.medium.url).search
    this.box = this.dialog.querySelector(".crop-part")
    for (const ratio of Object.keys(RATIOS)) this.dialog.querySelector("fieldset").append(this.choice(ratio))
    this.dialog.addEventListener("close", () => this.dialog.remove())
    this.dialog.querySelector("[data-way=close]").addEventListener("click", () => this.dialog.close())
    this.dialog.querySelector("[data-way=crop]").addEventListener("click", () => this.finish())
    this.box.addEventListener("keydown", (event) => this.key(event))
    this.box.addEventListener("pointerdown", (event) => this.grab(event))
    document.body.append(this.dialog)
    this.dialog.showModal()
    this.draw()
  }

  choice(ratio) {
    const label = tagged("label", "check")
    const input = Object.assign(document.createElement("input"), { type: "radio", name: "crop-ratio", value: ratio, checked: ratio === this.ratio })
    input.addEventListener("change", () => this.shape(ratio))
    label.append(input, ` ${ratio === "free" ? "Free" : ratio}`)
    return label
  }

  /** The largest part of that shape, in the middle. */
  shape(ratio) {
    this.ratio = ratio
    const { width, height } = this.medium
    this.put({ x: 0, y: 0, width, height })
    this.put({ ...this.part, x: Math.round((width - this.part.width) / 2), y: Math.round((height - this.part.height) / 2) })
  }

  put({ x, y, width, height }) {
    const wanted = RATIOS[this.ratio]
    width = Math.round(Math.min(Math.max(width, LEAST), this.medium.width))
    height = wanted ? Math.round(width / wanted) : Math.round(Math.min(Math.max(height, LEAST), this.medium.height))
    if (height > this.medium.height) { height = this.medium.height; width = Math.round(height * wanted) }
    x = Math.round(Math.min(Math.max(x, 0), this.medium.width - width))
    y = Math.round(Math.min(Math.max(y, 0), this.medium.height - height))
    this.part = { x, y, width, height }
    this.draw()
  }

  draw() {
    const percent = (part, whole) => `${(part / whole) * 100}%`
    const { x, y, width, height } = this.part
    this.box.style.insetInlineStart = percent(x, this.medium.width)
    this.box.style.insetBlockStart = percent(y, this.medium.height)
    this.box.style.inlineSize = percent(width, this.medium.width)
    this.box.style.blockSize = percent(height, this.medium.height)
    this.dialog.querySelector("output").textContent = `${width} × ${height} of ${this.medium.width} × ${this.medium.height}, from ${x}, ${y}`
  }

  key(event) {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key]
    if (!way) return
    event.preventDefault()
    const step = Math.max(1, Math.round(this.medium.width / 100))
    const { x, y, width, height } = this.part
    if (event.shiftKey) this.put({ x, y, width: width + (RATIOS[this.ratio] ? way[0] + way[1] : way[0]) * step, height: height + way[1] * step })
    else this.put({ x: x + way[0] * step, y: y + way[1] * step, width, height })
  }

  grab(event) {
    event.preventDefault()
    this.box.focus()
    this.box.setPointerCapture(event.pointerId)
    const scale = this.medium.width / this.dialog.querySelector(".crop-stage").clientWidth
    const from = { ...this.part, left: event.clientX, top: event.clientY }
    const sizing = event.target.classList.contains("crop-corner")
    const move = (now) => {
      const right = (now.clientX - from.left) * scale
      const down = (now.clientY - from.top) * scale
      if (sizing) this.put({ ...from, width: from.width + right, height: from.height + down })
      else this.put({ ...from, x: from.x + right, y: from.y + down })
    }
    const stop = () => this.box.removeEventListener("pointermove", move)
    this.box.addEventListener("pointermove", move)
    this.box.addEventListener("pointerup", stop, { once: true })
    this.box.addEventListener("pointercancel", stop, { once: true })
  }

  async finish() {
    const button = this.dialog.querySelector("[data-way=crop]")
    button.disabled = true
    try {
      await this.done({ ratio: this.ratio, ...this.part })
      this.dialog.close()
    } catch (error) {
      const place = this.dialog.querySelector("[role=alert]")
      place.textContent = error.message
      place.hidden = false
      button.disabled = false
    }
  }
}
