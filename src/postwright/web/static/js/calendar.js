// The calendar's island: a grid over the list that the server rendered. Drag, or M and the arrow keys; every move can be undone.
import { Controller, announce, application, html, isWriting, send, toast } from "./core.js"
import { Carrier } from "./calendar_keys.js"
import { addMinutes, dayName, hourName, stampName, wallOf } from "./calendar_time.js"

const VIEWS = { month: "dayGridMonth", week: "timeGridWeek", day: "timeGridDay" }
const IN_A_CELL = 4
const NARROWEST = { week: 66, day: 150 } // px that a chip needs beside others
const TABLE_ROLES = ["table", "grid", "row", "cell", "rowgroup", "columnheader"].map((role) => `[role=${role}]`).join()
const SMALL = matchMedia("(max-width: 699px)")
const LENGTH = 29 // minutes a chip takes up in the grid

class Calendar extends Controller {
  static targets = ["board", "chips", "data", "grid", "list", "none", "refusal"]

  connect() {
    this.carrier = new Carrier(this)
    this.stops = []
    this.on(document, "keydown", (event) => this.key(event))
    this.on(this.element, "click", (event) => this.click(event), true)
    this.on(window, "popstate", () => { this.hideRefusal(); this.load(location.href) })
    this.on(document, "postwright:post", () => this.soon())
    this.on(document, "postwright:refresh", () => this.soon())
    this.on(SMALL, "change", () => this.draw())
    this.roles = new MutationObserver(() => this.tidyRoles())
    this.roles.observe(this.gridTarget, { childList: true, subtree: true })
    this.read()
    this.draw()
  }

  disconnect() {
    for (const stop of this.stops) stop()
    clearTimeout(this.timer)
    this.roles.disconnect()
    this.clear()
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

  // The grid

  draw() {
    const view = SMALL.matches ? null : VIEWS[this.state.view]
    this.gridTarget.hidden = !view
    this.listTarget.hidden = Boolean(view)
    if (this.hasNoneTarget) this.noneTarget.hidden = !view
    if (!view || !window.EventCalendar) return this.clear()
    const options = this.options(view)
    if (this.grid && this.drawn === `${this.state.view} ${this.state.first}`) {
      this.grid.setOption("events", options.events)
    } else {
      this.clear()
      this.grid = window.EventCalendar.create(this.gridTarget, options)
      this.drawn = `${this.state.view} ${this.state.first}`
    }
  }

  clear() {
    if (this.grid) window.EventCalendar.destroy(this.grid)
    this.grid = null
  }

  options(view) {
    const { state } = this
    return {
      view,
      date: state.date,
      firstDay: state.week_start,
      timeZone: state.offset,
      events: this.events(),
      headerToolbar: { start: "", center: "", end: "" },
      allDaySlot: false,
      nowIndicator: true,
      scrollTime: state.opens,
      slotHeight: 36,
      slotDuration: "00:30",
      snapDuration: "00:15",
      slotEventOverlap: false,
      slotLabelFormat: (date) => this.hours(date),
      dayHeaderFormat: (date) => this.head(date),
      dayCellContent: ({ date }) => this.cell(date),
      displayEventEnd: false,
      eventDurationEditable: false,
      eventStartEditable: false,
      longPressDelay: 400,
      eventContent: ({ event }) => this.content(event),
      eventDragStart: () => { this.dragging = true },
      eventDragStop: () => { this.dropped = performance.now(); this.dragging = false },
      eventDrop: (info) => this.drop(info),
      viewDidMount: () => this.mounted(),
    }
  }

  events() {
    const shown = this.state.view === "month" ? this.byDay() : this.bySlot()
    const closed = this.state.closed.map(({ start, end, reason }) => ({ start, end, title: reason, display: "background", classNames: ["cal-closed"] }))
    return [...shown, ...closed]
  }

  // A month's cell shows four, then "+7".
  byDay() {
    const days = groupBy(this.state.posts, (post) => post.start.slice(0, 10))
    return [...days].flatMap(([day, posts]) => this.capped(posts, IN_A_CELL, `${day}T23:59:59`))
  }

  // Posts that overlap stand side by side as long as they fit; else the last column says "+7" where the first of those stands.
  bySlot() {
    const fits = this.fits()
    return overlapping(this.state.posts).flatMap((posts) => {
      if (!packed(posts, fits).hidden.length) return posts.map((post) => this.event(post))
      const { shown, hidden } = packed(posts, fits - 1)
      const markers = together(hidden).map((some) => this.marker(some, `${some[0].start.slice(0, 17)}59`, fits === 1))
      return [...shown.map((post) => this.event(post)), ...markers]
    })
  }

  fits() {
    const { view } = this.state
    const column = (this.element.clientWidth - 110) / (view === "week" ? 7 : 1)
    return Math.max(1, Math.floor(column / NARROWEST[view]))
  }

  capped(posts, most, at) {
    const hidden = posts.slice(most)
    return [...posts.slice(0, most).map((post) => this.event(post)), ...(hidden.length ? [this.marker(hidden, at)] : [])]
  }

  /** "+7" for posts that have no room; where nothing else stands it says their time too. */
  marker(posts, at, alone = false) {
    const said = { more: posts.length, alone: alone ? posts[0].start.slice(11, 16) : "", day: at.slice(0, 10) }
    return { id: `more ${at}`, start: at, end: endOf(at), startEditable: false, extendedProps: said }
  }

  event(post, start = post.start) {
    return {
      id: post.id,
      start,
      end: endOf(start),
      startEditable: post.movable && this.state.editable,
      classNames: this.carrier?.id === post.id ? ["cal-carried"] : [],
    }
  }

  content(event) {
    if (event.display === "background") return { domNodes: [tagged("span", "cal-closed-words", event.title)] }
    if (event.extendedProps.more) return { domNodes: [this.more(event.extendedProps)] }
    const template = this.templates.get(event.id)
    if (!template) return ""
    const chip = template.cloneNode(true)
    const wall = wallOf(event.start)
    chip.querySelector(".cal-time").textContent = wall.slice(11, 16)
    chip.querySelector(".cal-day-name").textContent = `${dayName(wall)}, `
    return { domNodes: [chip] }
  }

  // What did not fit: on the day's own page, or in its list when that is where we are.
  more({ more, alone, day }) {
    const link = tagged("a", "cal-more", alone ? "" : `+${more}`)
    if (alone) link.append(tagged("span", "cal-time", alone), tagged("span", "", `${more} posts`))
    link.href = this.address(this.state.view === "day" ? "list" : "day", day)
    link.dataset.go = "more"
    link.setAttribute("aria-label", `${more} more ${more === 1 ? "post" : "posts"} on ${dayName(day)}`)
    return link
  }

  hours(date) {
    const minutes = date.getHours() * 60 + date.getMinutes()
    const nodes = [tagged("span", "cal-hour", hourName(minutes))]
    if (this.state.second) nodes.unshift(tagged("span", "cal-hour second", hourName(minutes + this.state.second.minutes)))
    return { domNodes: nodes }
  }

  head(date) {
    const iso = wallOf(date).slice(0, 10)
    const name = date.toLocaleDateString("en-GB", { weekday: "short" })
    if (this.state.view === "month") return name
    const nodes = [tagged("span", "cal-dow", name), tagged("span", "cal-dom", String(date.getDate()))]
    if (this.state.changes[iso]) nodes.push(tagged("span", "cal-change", this.state.changes[iso]))
    return { domNodes: nodes }
  }

  cell(date) {
    if (this.state.view !== "month") return undefined
    const iso = wallOf(date).slice(0, 10)
    const nodes = [tagged("span", "cal-dom", date.getDate() === 1 ? date.toLocaleDateString("en-GB", { day: "numeric", month: "short" }) : String(date.getDate()))]
    if (this.state.changes[iso]) nodes.unshift(tagged("span", "cal-change", this.state.changes[iso]))
    return { domNodes: nodes }
  }

  // The grid's rows and cells hold no posts (those lie over them), so they are no table: a chip names its day itself.
  tidyRoles() {
    for (const each of this.gridTarget.querySelectorAll(TABLE_ROLES)) {
      for (const name of ["role", "aria-colindex", "aria-colcount", "aria-rowcount"]) each.removeAttribute(name)
    }
  }

  // Names the zones of the gutter.
  mounted() {
    const corner = this.gridTarget.querySelector(".ec-header .ec-sidebar")
    if (!corner) return
    const zones = [this.state.second?.zone, this.state.zone].filter(Boolean)
    corner.replaceChildren(...zones.map((zone, at) => {
      const name = tagged("span", at < zones.length - 1 ? "cal-hour second" : "cal-hour", short(zone))
      name.title = zone
      return name
    }))
  }

  // Moving

  drop({ event, delta, revert }) {
    const post = this.post(event.id)
    const minutes = (delta.days || 0) * 1440 + (delta.seconds || 0) / 60
    this.move(post, addMinutes(post.wall, minutes), { revert })
  }

  /** Moves a post to a wall time of its own zone: at once here, then on the server; back again where that refuses. */
  async move(post, wall, { revert = () => this.restore(post.id), anyway = false, fold = 0, quiet = false } = {}) {
    this.hideRefusal()
    this.moving = (this.moving || 0) + 1
    try {
      const moved = await send("PATCH", `/api/v1/posts/${post.id}`, { wall_time: wall, timezone: post.zone, fold, anyway })
      if (!quiet) this.tellMoved(post, moved)
    } catch (problem) {
      revert()
      this.refuse(post, wall, problem)
    } finally {
      this.moving -= 1
      this.soon()
    }
  }

  tellMoved(post, moved) {
    const was = moved.was_wall && { wall: moved.was_wall, zone: moved.was_zone, fold: moved.was_fold }
    const note = moved.note ? ` ${moved.note}` : ""
    const undo = was && (() => this.move({ ...post, zone: was.zone }, was.wall, { anyway: true, fold: was.fold, quiet: true }).then(() => announce("Moved back.")))
    toast(`Moved to ${stampName(moved.wall)}.${note}`, { undo })
  }

  refuse(post, wall, problem) {
    const near = problem.problem?.nearest
    const words = tagged("div", "grow", `${post.name} stays where it was. ${problem.message}`)
    const acts = tagged("div", "row g2 wrap")
    if (near) acts.append(this.act(`Move to ${stampName(near.wall_time)}`, () => this.move(post, near.wall_time, { fold: near.fold })))
    if (problem.status === 409 && problem.problem?.nearest !== undefined) acts.append(this.act("Move anyway", () => this.move(post, wall, { anyway: true }), "quiet"))
    acts.append(this.act("Close", () => this.hideRefusal(), "quiet"))
    this.refusalTarget.replaceChildren(words, acts)
    this.refusalTarget.hidden = false
    acts.firstElementChild.focus()
  }

  act(label, run, kind = "") {
    const button = tagged("button", `btn small ${kind}`, label)
    button.type = "button"
    button.addEventListener("click", run)
    return button
  }

  hideRefusal() {
    this.refusalTarget.hidden = true
  }

  restore(id) {
    const post = this.post(id)
    if (post) this.grid?.updateEvent(this.event(post))
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
    const chip = document.activeElement?.closest?.(".cal-chip")
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
    const justDropped = performance.now() - (this.dropped || -1000) < 300
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
    this.hideRefusal()
    history.pushState(null, "", href)
    await this.load(href)
    if (!this.grid && location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView({ block: "start" })
    announce(this.boardTarget.querySelector("h1").textContent)
  }

  // Fresh looks

  soon() {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.refresh(), 150)
  }

  refresh() {
    if (this.dragging || this.carrier.id || this.moving) return this.soon()
    return this.load(location.href)
  }

  async load(href) {
    const turn = (this.turn = (this.turn || 0) + 1)
    let text
    try { text = await html(href) } catch { return toast("The server does not answer. What you see may be old.") }
    if (turn !== this.turn) return
    const fresh = new DOMParser().parseFromString(text, "text/html")
    const board = fresh.querySelector("[data-calendar-target=board]")
    if (!board) return location.assign(href)
    const focus = this.focused()
    this.boardTarget.replaceWith(document.adoptNode(board))
    document.title = fresh.title
    this.read()
    this.draw()
    this.focus(focus)
  }

  // A fresh look keeps the place of the keyboard.
  focused() {
    const at = document.activeElement
    if (!this.element.contains(at)) return null
    if (at.dataset.id) return `.cal-grid .cal-chip[data-id="${at.dataset.id}"]`
    if (at.dataset.go) return `[data-go="${at.dataset.go}"]`
    return at.id ? `#${at.id}` : null
  }

  focus(selector) {
    if (selector) requestAnimationFrame(() => this.element.querySelector(selector)?.focus({ preventScroll: true }))
  }
}

function endOf(start) {
  const end = addMinutes(start, LENGTH)
  return end.slice(0, 10) === start.slice(0, 10) ? end : `${start.slice(0, 10)}T23:59:59`
}

function groupBy(items, key) {
  const groups = new Map()
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) || []), item])
  return groups
}

// Runs of posts in which each overlaps one before it.
function overlapping(posts) {
  const runs = []
  let until = ""
  for (const post of [...posts].sort((one, other) => (one.start < other.start ? -1 : one.start > other.start ? 1 : 0))) {
    if (post.start < until) runs.at(-1).push(post)
    else runs.push([post])
    until = endOf(post.start)
  }
  return runs
}

// What so many columns have room for, and what not.
function packed(posts, columns) {
  const ends = Array(columns).fill("")
  const shown = [], hidden = []
  for (const post of posts) {
    const free = ends.findIndex((end) => end <= post.start)
    if (free >= 0) ends[free] = endOf(post.start)
    ;(free >= 0 ? shown : hidden).push(post)
  }
  return { shown, hidden }
}

// Posts that one marker stands for: all that begin before it ends.
function together(posts) {
  const groups = []
  for (const post of posts) {
    if (groups.length && post.start < addMinutes(groups.at(-1)[0].start, LENGTH + 1)) groups.at(-1).push(post)
    else groups.push([post])
  }
  return groups
}

function short(zone) {
  return zone.split("/").at(-1).replaceAll("_", " ")
}

function tagged(name, className, text = "") {
  const made = document.createElement(name)
  made.className = className
  made.textContent = text
  return made
}

application.register("calendar", Calendar)
