"""What must hold for every page, asked of the page as the browser has built it."""

from functools import cache

import pytest
from playwright.sync_api import Page

from tests.node import read_package

# Ways in which a page keeps people out: each is a sentence in the answer.
_FAULTS = """() => {
  const faults = []
  const name = (element) => element.outerHTML.slice(0, 120)
  const isShown = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true })
  const headings = [...document.querySelectorAll("h1")].filter((h) => h.checkVisibility())
  if (headings.length !== 1) faults.push(`${headings.length} h1 elements`)
  if (document.querySelectorAll("main").length !== 1) faults.push("not one main element")
  if (!document.title || document.title.startsWith(" ")) faults.push("no title")
  if (!document.documentElement.lang) faults.push("no language")
  const skip = document.querySelector("a[href], button, input")
  if (skip?.getAttribute("href") !== "#main") faults.push("the skip link does not come first")
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id)
  const twice = ids.filter((id, at) => ids.indexOf(id) !== at)
  if (twice.length) faults.push(`ids used twice: ${twice}`)

  for (const field of document.querySelectorAll("input:not([type=hidden]), select, textarea")) {
    const label = field.getAttribute("aria-label") || field.labels?.[0]?.textContent.trim()
    if (!label) faults.push(`no label: ${name(field)}`)
  }
  for (const control of document.querySelectorAll("button, a[href]")) {
    const text = control.getAttribute("aria-label") || control.textContent.trim()
    if (!text && isShown(control)) faults.push(`no name: ${name(control)}`)
  }
  for (const part of document.querySelectorAll("[aria-labelledby], [aria-describedby], label[for]")) {
    const named = ["aria-labelledby", "aria-describedby", "for"].map((a) => part.getAttribute(a) ?? "").join(" ")
    const missing = named.split(" ").filter((id) => id && !document.getElementById(id))
    if (missing.length) faults.push(`#${missing} does not exist: ${name(part)}`)
  }
  let level = 0
  for (const heading of document.querySelectorAll("main :is(h1, h2, h3, h4)")) {
    if (!heading.checkVisibility()) continue
    const own = Number(heading.tagName[1])
    if (own > level + 1) faults.push(`a level is skipped: ${name(heading)}`)
    level = own
  }
  return faults
}"""

# Text whose contrast with what lies under it is below 4.5 (3 where it is large), as WCAG counts.
_PALE = """() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true })
  const paint = (colors) => {
    canvas.clearRect(0, 0, 1, 1)
    for (const color of colors) { canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1) }
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3)
  }
  const light = (rgb) => {
    const [r, g, b] = rgb.map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const found = new Map()
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement
    if (!walker.currentNode.data.trim() || !element.checkVisibility({ opacityProperty: true })) continue
    if (element.closest(":disabled, .sr, .skip, svg, option")) continue
    const grounds = []
    for (let at = element; at; at = at.parentElement) grounds.unshift(getComputedStyle(at).backgroundColor)
    const style = getComputedStyle(element)
    const ground = ["Canvas", ...grounds]
    const [one, other] = [light(paint([...ground, style.color])), light(paint(ground))].sort((a, b) => b - a)
    const contrast = (one + 0.05) / (other + 0.05)
    const isLarge = parseFloat(style.fontSize) >= 24
    if (contrast < (isLarge ? 3 : 4.5)) {
      const text = walker.currentNode.data.trim().slice(0, 40)
      found.set(`${element.tagName}.${element.className}`, `${contrast.toFixed(2)}: ${text}`)
    }
  }
  return [...found].map(([where, what]) => `pale text in ${where}, ${what}`)
}"""

_TOO_WIDE = """() => {
  const room = document.documentElement.clientWidth
  if (document.documentElement.scrollWidth <= room) return []
  const wide = [...document.body.querySelectorAll("*")].filter((e) => e.getBoundingClientRect().right > room + 0.5)
  return [`wider than ${room}: ${wide.slice(-2).map((element) => element.outerHTML.slice(0, 120)).join(" and ")}`]
}"""

# Words that stand over the edge of their own box, where they meet their neighbours'.
_SPILLED = """() => [...document.querySelectorAll("main :is(h1, h2, h3, p, dt, dd, td, li, a, b, span)")]
  .filter((e) => e.clientWidth > 1 && e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflowX === "visible")
  .map((e) => `spills out of its box: ${e.outerHTML.slice(0, 120)}`)"""

# What axe finds: WCAG 2.2 A and AA, and what it calls best practice. Contrast is counted above, in both themes.
_AXE = """async () => {
  const rules = { "color-contrast": { enabled: false } }
  const { violations } = await axe.run(document, { resultTypes: ["violations"], rules })
  return violations.map(({ id, nodes }) => `axe, ${id}: ${nodes.slice(0, 3).map((node) => node.html.slice(0, 120))}`)
}"""

WIDE, PHONE, NARROWEST = 1280, 390, 320


def faults_of(page: Page) -> list[str]:
    """Return what is wrong with a page for people: wide and narrow, in light and in dark."""
    faults: list[str] = page.evaluate(_FAULTS)
    for width in (WIDE, PHONE, NARROWEST):
        page.set_viewport_size({"width": width, "height": 844})
        faults += page.evaluate(_TOO_WIDE) + page.evaluate(_SPILLED)
        if width != NARROWEST:
            faults += [f"{fault} ({width} px)" for fault in _in_both_themes(page) + _found_by_axe(page)]
    return faults


def _in_both_themes(page: Page) -> list[str]:
    faults: list[str] = []
    for theme in ("dark", "light"):
        page.emulate_media(color_scheme=theme)
        faults += [f"{fault}, {theme}" for fault in page.evaluate(_PALE)]
    return faults


def _found_by_axe(page: Page) -> list[str]:
    if (axe := _axe()) is None:
        return []
    page.evaluate(axe)
    found: list[str] = page.evaluate(_AXE)
    return found


@cache
def _axe() -> str | None:
    """axe-core, where there is Node to install it."""
    try:
        return read_package("axe-core/axe.min.js")
    except pytest.skip.Exception:
        return None
