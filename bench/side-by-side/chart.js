const width = 720
const labelWidth = 110
const barHeight = 15
const titleHeight = 26
const gap = 16
const colours = { ours: '#1a7f5a', peer: '#9aa5b1' }
const text = (x, y, size, content, more = '') =>
  `<text x="${x}" y="${y}" font-size="${size}" fill="#24292f"${more}>${content}</text>`

/** Panels of bars under each other as an SVG, on a light ground of its own, so that it reads on any page. */
export function chart(title, panels) {
  let y = 44
  const parts = []
  for (const panel of panels) {
    parts.push(panelOf(panel, y))
    y += titleHeight + panel.bars.length * (barHeight + 5) + gap
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${y}" viewBox="0 0 ${width} ${y}" font-family="system-ui, sans-serif" role="img" aria-label="${title}">`,
    `<rect width="${width}" height="${y}" rx="8" fill="#ffffff" stroke="#d0d7de"/>`,
    text(20, 30, 17, title, ' font-weight="600"'),
    ...parts,
    '</svg>\n',
  ].join('\n')
}

function panelOf({ title, bars, shown }, top) {
  const longest = Math.max(...bars.map(({ value }) => value)) || 1
  const lines = [text(20, top + 17, 13, title, ' font-weight="600"')]
  for (const [at, { name, value, isOurs }] of bars.entries()) {
    const y = top + titleHeight + at * (barHeight + 5)
    const length = Math.max((value / longest) * (width - labelWidth - 150), 1)
    const weight = isOurs ? ' font-weight="600"' : ''
    lines.push(
      text(labelWidth + 12, y + 12, 12, name, ` text-anchor="end"${weight}`),
      `<rect x="${labelWidth + 20}" y="${y}" width="${length.toFixed(1)}" height="${barHeight}" rx="2" fill="${isOurs ? colours.ours : colours.peer}"/>`,
      text((labelWidth + 27 + length).toFixed(1), y + 12, 12, shown(value), weight),
    )
  }
  return lines.join('\n')
}
