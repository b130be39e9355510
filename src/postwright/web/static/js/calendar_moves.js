// A post moves: at once on the page, then on the server; back again where that refuses, and every move can be undone.
import { announce, send, tagged, toast } from "./core.js"
import { addMinutes, stampName } from "./calendar_time.js"

export class Moves {
  constructor(calendar, refusal) {
    this.calendar = calendar
    this.refusal = refusal
    this.running = 0
  }

  drop({ event, delta, revert }) {
    const post = this.calendar.post(event.id)
    const minutes = (delta.days || 0) * 1440 + (delta.seconds || 0) / 60
    this.move(post, addMinutes(post.wall, minutes), { revert })
  }

  /** Moves a post to a wall time of its own zone. Says whether it moved; a refusal is shown. */
  async move(post, wall, { revert = () => this.calendar.restore(post.id), anyway = false, fold = 0, quiet = false } = {}) {
    this.hideRefusal()
    this.running += 1
    try {
      const moved = await send("PATCH", `/api/v1/posts/${post.id}`, { wall_time: wall, timezone: post.zone, fold, anyway })
      if (!quiet) this.tell(post, moved)
      return true
    } catch (problem) {
      revert()
      this.refuse(post, wall, problem)
      return false
    } finally {
      this.running -= 1
      this.calendar.changed()
    }
  }

  tell(post, moved) {
    const was = moved.was_wall && { wall: moved.was_wall, zone: moved.was_zone, fold: moved.was_fold }
    const note = moved.note ? ` ${moved.note}` : ""
    toast(`Moved to ${stampName(moved.wall)}.${note}`, { undo: was && (() => this.undo(post, was)) })
  }

  async undo(post, was) {
    if (await this.move({ ...post, zone: was.zone }, was.wall, { anyway: true, fold: was.fold, quiet: true })) announce("Moved back.")
  }

  refuse(post, wall, problem) {
    const near = problem.problem?.nearest
    const words = tagged("div", "grow", `${post.name} stays where it was. ${problem.message}`)
    const acts = tagged("div", "row g2 wrap")
    if (near) acts.append(this.act(`Move to ${stampName(near.wall_time)}`, () => this.move(post, near.wall_time, { fold: near.fold })))
    if (problem.status === 409 && near !== undefined) acts.append(this.act("Move anyway", () => this.move(post, wall, { anyway: true }), "quiet"))
    acts.append(this.act("Close", () => this.hideRefusal(), "quiet"))
    this.refusal.replaceChildren(words, acts)
    this.refusal.hidden = false
    acts.firstElementChild.focus()
  }

  act(label, run, kind = "") {
    const button = tagged("button", `btn small ${kind}`, label)
    button.type = "button"
    button.addEventListener("click", run)
    return button
  }

  hideRefusal() {
    this.refusal.hidden = true
  }
}
