// What links and forms cannot do alone. Everything here only saves a reload or a hand movement.
(() => {
  "use strict"
  const live = () => document.getElementById("live")

  // <button data-copy="#id"> copies what #id shows; the button says so for two seconds.
  async function copy(button) {
    const source = document.querySelector(button.dataset.copy)
    const words = live().dataset
    let said = words.copied
    try {
      await navigator.clipboard.writeText((source.value ?? source.textContent).trim())
    } catch {
      said = words.failed
      getSelection().selectAllChildren(source)
    }
    live().textContent = said
    const label = button.querySelector("span") ?? button
    if (said === words.failed || label.dataset.before) return
    label.dataset.before = label.textContent
    label.textContent = said
    setTimeout(() => {
      label.textContent = label.dataset.before
      delete label.dataset.before
      live().textContent = ""
    }, 2000)
  }

  // <button data-download="#id" data-prefix="NAME=" data-name="file"> saves what #id shows, without leaving the page.
  function download(button) {
    const line = button.dataset.prefix + document.querySelector(button.dataset.download).textContent.trim() + "\n"
    const link = document.createElement("a")
    link.href = URL.createObjectURL(new Blob([line], { type: "text/plain" }))
    link.download = button.dataset.name
    link.click()
    URL.revokeObjectURL(link.href)
  }

  // Browsers before 2025 do not know <button commandfor command>.
  function command(button) {
    const target = document.getElementById(button.getAttribute("commandfor"))
    const what = button.getAttribute("command")
    if (what === "show-modal" && !target.open) target.showModal()
    if (what === "close") target.close()
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("button")
    if (!button) return
    if (button.dataset.copy) copy(button)
    if (button.dataset.download) download(button)
    if (button.hasAttribute("commandfor") && !("commandForElement" in button)) command(button)
  })

  document.addEventListener("submit", (event) => {
    const button = event.submitter
    // <button data-busy="Creating…"> says what it does and cannot be pressed twice.
    if (button?.dataset.busy) {
      button.dataset.idle = button.textContent
      setTimeout(() => { button.disabled = true; button.textContent = button.dataset.busy })
    }
    if (event.target.matches("[data-theme-form]")) theme(event, button)
  })
  // Back from the next page, the button is itself again.
  addEventListener("pageshow", () => {
    for (const button of document.querySelectorAll("[data-idle]")) {
      button.disabled = false
      button.textContent = button.dataset.idle
    }
  })

  // The choice shows at once; the same form without script reloads the page.
  function theme(event, chosen) {
    event.preventDefault()
    const form = event.target
    const body = new FormData(form, chosen)
    document.documentElement.dataset.theme = chosen.value
    for (const button of form.querySelectorAll("[name=theme]")) {
      button.setAttribute("aria-pressed", String(button === chosen))
    }
    fetch(form.action, { method: "POST", body, redirect: "manual" })
  }

  // <time data-countdown datetime="2026-11-21T20:15:04Z"> counts down to 0:00, then sends "countdown:end" up from there.
  function tick() {
    for (const element of document.querySelectorAll("[data-countdown]")) {
      const left = Math.max(0, Math.round((new Date(element.dateTime) - Date.now()) / 1000))
      element.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`
      if (left > 0) continue
      element.removeAttribute("data-countdown")
      element.dispatchEvent(new CustomEvent("countdown:end", { bubbles: true }))
    }
  }
  setInterval(tick, 1000)

  // GSM 03.38: one septet each, two for the second row; anything else makes the whole text UCS-2.
  const BASIC = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
  const DOUBLE = "\f^{}\\[~]|€"

  // Room in one part is smaller once there are several, and a character never straddles two parts.
  function parts(text) {
    const characters = [...text]
    const gsm = characters.every((c) => BASIC.includes(c) || DOUBLE.includes(c))
    const sizes = characters.map((c) => (gsm ? (DOUBLE.includes(c) ? 2 : 1) : c.length))
    const used = sizes.reduce((sum, size) => sum + size, 0)
    const [single, several] = gsm ? [160, 153] : [70, 67]
    if (used <= single) return { used, room: single, parts: 1, alphabet: gsm ? "GSM-7" : "UCS-2" }
    let count = 1
    let filled = 0
    for (const size of sizes) {
      if (filled + size > several) { count += 1; filled = 0 }
      filled += size
    }
    return { used, room: count * several, parts: count, alphabet: gsm ? "GSM-7" : "UCS-2" }
  }

  // <textarea data-parts="#id"> with <output id data-text="{used} of {room}, {alphabet}, parts: {parts}">.
  document.addEventListener("input", (event) => {
    const output = event.target.dataset?.parts && document.querySelector(event.target.dataset.parts)
    if (!output) return
    const counted = parts(event.target.value)
    output.textContent = output.dataset.text.replace(/\{(\w+)\}/g, (_, name) => counted[name])
  })

  document.addEventListener("DOMContentLoaded", () => {
    tick()
    for (const field of document.querySelectorAll("[data-parts]")) field.dispatchEvent(new Event("input", { bubbles: true }))
    for (const element of document.querySelectorAll("[data-download]")) element.hidden = false
    // What a form's answer shows once is not asked for again by a reload: that goes to the address given here.
    const once = document.querySelector("[data-address]")
    if (once) history.replaceState(null, "", once.dataset.address)
    for (const element of document.querySelectorAll("[data-passkey]")) element.hidden = !window.PublicKeyCredential
  })

  // A passkey that was refused, timed out or is unknown here: say so beside the button.
  document.addEventListener("allauth.error", (event) => {
    const said = document.querySelector("[data-passkey-error]")
    if (!said) return
    event.preventDefault()
    said.hidden = false
  })
})()
