// Moving a post by keyboard: M picks it up, arrows carry it, Enter drops it, Escape puts it back. Each step is announced.
import { announce } from "./core.js"
import { addMinutes, dayName } from "./calendar_time.js"

const DAY = 1440

export class Carrier {
  constructor(calendar) {
    this.calendar = calendar
    this.id = null
  }

  pick(post) {
    this.id = post.id
    this.by = 0
    this.show()
    announce(`Picked up: ${post.name}, ${this.place()}. Arrow keys move it, Enter drops it, Escape puts it back.`)
  }

  /** True when the key was ours. */
  key(event) {
    if (!this.id || event.ctrlKey || event.metaKey || event.altKey) return false
    const step = this.steps()[event.key]
    if (step) this.carry(step)
    else if (event.key === "Enter") this.drop()
    else if (event.key === "Escape") this.back()
    else return event.key !== "Tab" && event.key.length === 1
    event.preventDefault()
    event.stopPropagation()
    return true
  }

  // In a month a step up is a week; where hours are shown it is a quarter of one.
  steps() {
    const upright = this.calendar.state.view === "month" ? 7 * DAY : 15
    return { ArrowLeft: -DAY, ArrowRight: DAY, ArrowUp: -upright, ArrowDown: upright }
  }

  carry(minutes) {
    this.by += minutes
    this.show()
    announce(this.place())
  }

  drop() {
    const post = this.calendar.post(this.id)
    const { id, by } = this
    this.id = null
    if (by === 0) {
      this.calendar.restore(id)
      announce("Put down where it was.")
    } else {
      this.calendar.move(post, addMinutes(post.wall, by))
    }
    this.refocus(id)
  }

  back() {
    const { id } = this
    this.id = null
    this.calendar.restore(id)
    announce("Canceled. The post stays where it was.")
    this.refocus(id)
  }

  show() {
    const post = this.calendar.post(this.id)
    const start = addMinutes(post.start, this.by)
    this.follow(start)
    this.calendar.grid?.updateEvent(this.calendar.event(post, start))
    this.refocus(this.id)
  }

  // The grid turns its page when the post leaves it.
  follow(start) {
    const { grid, state } = this.calendar
    const day = start.slice(0, 10)
    if (grid && (this.turned || day < state.first || day > state.last)) {
      this.turned = true
      grid.setOption("date", day)
      this.calendar.drawn = null
    }
  }

  place() {
    const post = this.calendar.post(this.id)
    const wall = addMinutes(post.wall, this.by)
    return `${dayName(wall)}, ${wall.slice(11, 16)}`
  }

  refocus(id) {
    requestAnimationFrame(() => {
      const chip = this.calendar.element.querySelector(`.cal-grid .cal-chip[data-id="${id}"]`)
      chip?.focus({ preventScroll: true })
      chip?.scrollIntoView({ block: "nearest", inline: "nearest" })
    })
  }
}
