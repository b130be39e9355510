// Which posts of a calendar's page have room, and which stand behind a marker.
import { addMinutes } from "./calendar_time.js"

const LENGTH = 29 // minutes a chip takes up in the grid

/** When a chip that begins then ends: on the same day. */
export function endOf(start) {
  const end = addMinutes(start, LENGTH)
  return end.slice(0, 10) === start.slice(0, 10) ? end : `${start.slice(0, 10)}T23:59:59`
}

export function groupBy(items, key) {
  const groups = new Map()
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) || []), item])
  return groups
}

/** Runs of posts in which each overlaps one before it. */
export function overlapping(posts) {
  const runs = []
  let until = ""
  for (const post of [...posts].sort((one, other) => (one.start < other.start ? -1 : one.start > other.start ? 1 : 0))) {
    if (post.start < until) runs.at(-1).push(post)
    else runs.push([post])
    until = endOf(post.start)
  }
  return runs
}

/** What so many columns have room for, and what not. */
export function packed(posts, columns) {
  const ends = Array(columns).fill("")
  const shown = [], hidden = []
  for (const post of posts) {
    const free = ends.findIndex((end) => end <= post.start)
    if (free >= 0) ends[free] = endOf(post.start)
    ;(free >= 0 ? shown : hidden).push(post)
  }
  return { shown, hidden }
}

/** Posts that one marker stands for: all that begin before it ends. */
export function together(posts) {
  const groups = []
  for (const post of posts) {
    if (groups.length && post.start < addMinutes(groups.at(-1)[0].start, LENGTH + 1)) groups.at(-1).push(post)
    else groups.push([post])
  }
  return groups
}
