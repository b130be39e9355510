// The grid of a month, a week or a day: EventCalendar, filled with the chips that the server drew.
import { tagged } from "./core.js"
import { endOf, groupBy, overlapping, packed, together } from "./calendar_packing.js"
import { clockName, dayName, hourName, named, wallOf } from "./calendar_time.js"

const VIEWS = { month: "dayGridMonth", week: "timeGridWeek", day: "timeGridDay" }
const IN_A_CELL = 4
const NARROWEST = { week: 66, day: 150 } // px that a chip needs beside others
const TABLE_ROLES = ["table", "grid", "row", "cell", "rowgroup", "columnheader"].map((role) => `[role=${role}]`).join()

export class Grid {
  constructor(calendar, element) {
    this.calendar = calendar
    this.element = element
    this.roles = new MutationObserver(() => this.tidyRoles())
    this.roles.observe(element, { childList: true, subtree: true })
  }

  get state() { return this.calendar.state }

  draw() {
    const options = this.options(VIEWS[this.state.view])
    const page = `${this.state.view} ${this.state.first}`
    if (this.made && this.page === page) {
      this.made.setOption("events", options.events)
    } else {
      this.clear()
      this.made = window.EventCalendar.create(this.element, options)
      this.page = page
    }
  }

  clear() {
    if (this.made) window.EventCalendar.destroy(this.made)
    this.made = null
  }

  close() {
    this.roles.disconnect()
    this.clear()
  }

  /** Draws the page that holds this day, until the next drawing. */
  turn(day) {
    this.made?.setOption("date", day)
    this.page = null
  }

  /** Puts a post's chip where it belongs, or for the moment elsewhere. */
  place(post, start = post.start) {
    this.made?.updateEvent(this.event(post, start))
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
      eventDrop: (info) => this.calendar.moves.drop(info),
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
    const fits = this.room = this.fits()
    return overlapping(this.state.posts).flatMap((posts) => {
      if (!packed(posts, fits).hidden.length) return posts.map((post) => this.event(post))
      const { shown, hidden } = packed(posts, fits - 1)
      const markers = together(hidden).map((some) => this.marker(some, `${some[0].start.slice(0, 17)}59`, fits === 1))
      return [...shown.map((post) => this.event(post)), ...markers]
    })
  }

  /** Whether the window changed so much that more or fewer posts fit side by side. */
  get outgrown() { return Boolean(this.made) && this.state.view !== "month" && this.fits() !== this.room }

  fits() {
    const { view } = this.state
    const column = (this.calendar.element.clientWidth - 110) / (view === "week" ? 7 : 1)
    return Math.max(1, Math.floor(column / NARROWEST[view]))
  }

  capped(posts, most, at) {
    const hidden = posts.slice(most)
    return [...posts.slice(0, most).map((post) => this.event(post)), ...(hidden.length ? [this.marker(hidden, at)] : [])]
  }

  /** "+7" for posts that have no room; where nothing else stands it says their time too. */
  marker(posts, at, alone = false) {
    const said = { more: posts.length, alone: alone ? clockName(posts[0].start) : "", day: at.slice(0, 10) }
    return { id: `more ${at}`, start: at, end: endOf(at), startEditable: false, extendedProps: said }
  }

  event(post, start = post.start) {
    return {
      id: post.id,
      start,
      end: endOf(start),
      startEditable: post.movable && this.state.editable,
      classNames: this.calendar.carrier.id === post.id ? ["cal-carried"] : [],
    }
  }

  content(event) {
    if (event.display === "background") return { domNodes: [tagged("span", "cal-closed-words", event.title)] }
    if (event.extendedProps.more) return { domNodes: [this.more(event.extendedProps)] }
    const template = this.calendar.templates.get(event.id)
    if (!template) return ""
    const chip = template.cloneNode(true)
    const wall = wallOf(event.start)
    chip.querySelector(".cal-time").textContent = clockName(wall)
    chip.querySelector(".cal-day-name").textContent = `${dayName(wall)}, `
    return { domNodes: [chip] }
  }

  // What did not fit: on the day's own page, or in its list when that is where we are.
  more({ more, alone, day }) {
    const link = tagged("a", "cal-more", alone ? "" : `+${more}`)
    if (alone) link.append(tagged("span", "cal-time", alone), tagged("span", "", `${more} posts`))
    link.href = this.calendar.address(this.state.view === "day" ? "list" : "day", day)
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
    const name = named(iso, { weekday: "short" })
    if (this.state.view === "month") return name
    const nodes = [tagged("span", "cal-dow", name), tagged("span", "cal-dom", String(date.getDate()))]
    if (this.state.changes[iso]) nodes.push(tagged("span", "cal-change", this.state.changes[iso]))
    return { domNodes: nodes }
  }

  cell(date) {
    if (this.state.view !== "month") return undefined
    const iso = wallOf(date).slice(0, 10)
    const nodes = [tagged("span", "cal-dom", date.getDate() === 1 ? named(iso, { day: "numeric", month: "short" }) : String(date.getDate()))]
    if (this.state.changes[iso]) nodes.unshift(tagged("span", "cal-change", this.state.changes[iso]))
    return { domNodes: nodes }
  }

  // The grid's rows and cells hold no posts (those lie over them), so they are no table: a chip names its day itself.
  tidyRoles() {
    for (const each of this.element.querySelectorAll(TABLE_ROLES)) {
      for (const name of ["role", "aria-colindex", "aria-colcount", "aria-rowcount"]) each.removeAttribute(name)
    }
  }

  // Names the zones of the gutter.
  mounted() {
    const corner = this.element.querySelector(".ec-header .ec-sidebar")
    if (!corner) return
    const zones = [this.state.second?.zone, this.state.zone].filter(Boolean)
    corner.replaceChildren(...zones.map((zone, at) => {
      const name = tagged("span", at < zones.length - 1 ? "cal-hour second" : "cal-hour", short(zone))
      name.title = zone
      return name
    }))
  }
}

function short(zone) {
  return zone.split("/").at(-1).replaceAll("_", " ")
}
