// The calendar's island: a grid over the list that the server rendered. Drag, or M and the arrow keys; every move can be undone.
import { Controller, announce, application, html, isWriting, toast } from "./core.js"
import { Grid } from "./calendar_grid.js"
import { Carrier } from "./calendar_keys.js"
import { Moves } from "./calendar_moves.js"

const SMALL = matchMedia("(max-width: 699px)")

class Calendar extends Controller {
  static targets = ["board", "chips", "data", "grid", "list", "none", "refusal"]

  connect() {
    this.carrier = new Carrier(this)
    this.moves = new Moves(this, this.refusalTarget)
    this.grid = new Grid(this, this.gridTarget)
    this.stops = []
    this.turn = 0 // counts what was asked for: only the latest answer is shown
    this.on(document, "keydown", (event) => this.key(event))
    this.on(this.element, "click", (event) => this.click(event), true)
    this.on(window, "popstate", () => { this.moves.hideRefusal(); this.load(location.href) })
    this.on(window, "resize", () => this.grid.outgrown && !this.busy && this.draw())
    this.on(document, "postwright:post", () => this.soon())
    this.on(document, "postwright:refresh", () => this.soon())
    this.on(SMALL, "change", () => this.draw())
    this.shown = this.boardTarget.outerHTML
    this.read()
    this.draw()
  }

  disconnect() {
    for (const stop of this.stops) stop()
    clearTimeout(this.timer)
    this.grid.close()
  }

  on(target, name, act, capture = false) {
    target.addEventListener(name, act, capture)
    this.stops.push(() => target.removeEventListener(name, act, capture))
  }

  // What the page says

  read() {
    this.state = JSON.parse(this.dataTarget.textContent)
    this.posts = new Map(this.state.posts.map((post) => [post.id, post]))
    this.templates = new Map([...this.chipsTarget.content.querySelectorAll("[data-id]")].map((chip) => [chip.dataset.id, chip]))
  }

  post(id) {
    return this.posts.get(id)
  }

  draw() {
    const asGrid = Boolean(window.EventCalendar) && !SMALL.matches && this.state.view !== "list"
    this.gridTarget.hidden = !asGrid
    this.listTarget.hidden = asGrid
    if (this.hasNoneTarget) this.noneTarget.hidden = !asGrid
    if (asGrid) this.grid.draw()
    else this.grid.clear()
  }

  restore(id) {
    const post = this.post(id)
    if (post) this.grid.place(post)
  }

  // Keys and addresses

  key(event) {
    if (this.carrier.key(event)) return
    if (event.defaultPrevented || isWriting(event) || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return
    const places = { t: "today", j: "later", k: "earlier", 1: "month", 2: "week", 3: "day", 4: "list" }
    const place = places[event.key.toLowerCase()]
    if (place) this.go(place, event)
    if (event.key.toLowerCase() === "m") this.pick(event)
  }

  pick(event) {
    const place = this.focused()
    const chip = place && this.element.querySelector(place)?.closest(".cal-chip")
    const post = chip && this.post(chip.dataset.id)
    if (!post) return
    event.preventDefault()
    if (!this.state.editable) return announce("Moving posts needs the role editor.")
    if (!post.movable) return announce(`This post is ${post.state.replace("_", " ")}: it does not move.`)
    this.carrier.pick(post)
  }

  go(place, event) {
    const link = this.boardTarget.querySelector(`[data-go="${place}"]`)
    if (!link) return
    event.preventDefault()
    this.visit(link.href)
  }

  click(event) {
    const justDropped = performance.now() - (this.grid.dropped || -1000) < 300
    if (event.target.closest(".cal-chip") && (justDropped || this.carrier.id)) {
      event.preventDefault()
      return
    }
    const link = event.target.closest("a[data-go]")
    if (!link || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return
    event.preventDefault()
    this.visit(link.href)
  }

  filter(event) {
    const form = event.currentTarget
    const query = new URLSearchParams([...new FormData(form)].filter(([, value]) => value))
    this.visit(`${form.getAttribute("action")}?${query}`)
  }

  address(view, day) {
    const address = new URL(location.href)
    address.searchParams.set("view", view)
    address.searchParams.set("date", day)
    return address.pathname + address.search
  }

  async visit(href) {
    this.moves.hideRefusal()
    history.pushState(null, "", href)
    await this.load(href)
    if (!this.grid.made && location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView({ block: "start" })
    announce(this.boardTarget.querySelector("h1").textContent)
  }

  // Fresh looks. None while somebody has a post in hand: it would slip out of it.

  get busy() { return this.grid.dragging || this.carrier.id || this.moves.running > 0 }

  soon() {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.refresh(), 150)
  }

  /** Something was changed here: an answer that is on its way is from before. */
  changed() {
    this.turn += 1
    this.shown = null
    this.soon()
  }

  refresh() {
    return this.busy ? this.soon() : this.load(location.href, () => this.busy)
  }

  /** Shows what an address says now; later again where `wait` says so when the answer is there. */
  async load(href, wait = () => false) {
    const turn = ++this.turn
    let text
    try { text = await html(href) } catch { return toast("The server does not answer. What you see may be old.") }
    if (turn !== this.turn) return
    if (wait()) return this.soon()
    const fresh = new DOMParser().parseFromString(text, "text/html")
    const board = fresh.querySelector("[data-calendar-target=board]")
    if (!board) return location.assign(href)
    if (board.outerHTML === this.shown) return // nothing moves under a hand for nothing
    this.shown = board.outerHTML
    const focus = this.focused()
    this.boardTarget.replaceWith(document.adoptNode(board))
    document.title = fresh.title
    this.read()
    this.draw()
    this.focus(focus)
  }

  // A fresh look keeps the place of the keyboard, also for a key that comes before the chip is drawn again.

  focused() {
    const at = document.activeElement
    if (this.returning && at === document.body) return this.returning
    if (!this.element.contains(at)) return null
    if (at.dataset.id) return chipOf(at.dataset.id)
    if (at.dataset.go) return `[data-go="${at.dataset.go}"]`
    return at.id ? `#${at.id}` : null
  }

  focus(selector, seen = false) {
    if (!selector) return
    this.returning = selector
    requestAnimationFrame(() => {
      const place = this.element.querySelector(selector)
      if (this.returning === selector) this.returning = null
      place?.focus({ preventScroll: true })
      if (seen) place?.scrollIntoView({ block: "nearest", inline: "nearest" })
    })
  }

  focusChip(id) {
    this.focus(chipOf(id), true)
  }
}

function chipOf(id) {
  return `.cal-grid .cal-chip[data-id="${id}"]`
}

application.register("calendar", Calendar)
