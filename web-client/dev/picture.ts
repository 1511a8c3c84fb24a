/** A drawn person who moves, in place of a camera: a different colour each, with a clock. */
export function drawnPicture(hue: number, portrait = false): MediaStream {
  const canvas = document.createElement("canvas");
  canvas.width = portrait ? 360 : 640;
  canvas.height = portrait ? 640 : 360;
  const g = canvas.getContext("2d");
  let n = 0;
  const draw = () => {
    if (!g) return;
    const { width: w, height: h } = canvas;
    const sky = g.createLinearGradient(0, 0, 0, h);
    sky.addColorStop(0, `hsl(${hue} 22% 62%)`);
    sky.addColorStop(1, `hsl(${hue} 26% 40%)`);
    g.fillStyle = sky;
    g.fillRect(0, 0, w, h);
    const x = w / 2 + Math.sin(n / 20) * 6;
    g.fillStyle = `hsl(${hue} 40% 22%)`;
    g.beginPath();
    g.ellipse(x, h * 1.02, w * (portrait ? 0.42 : 0.26), h * 0.38, 0, 0, 7);
    g.fill();
    g.fillStyle = `hsl(${28 + hue / 20} 42% ${58 + (hue % 5) * 3}%)`;
    g.beginPath();
    g.ellipse(x, h * 0.42, h * 0.14, h * 0.18, 0, 0, 7);
    g.fill();
    g.fillStyle = "rgb(20 25 30 / 85%)";
    g.beginPath();
    g.ellipse(x, h * 0.33, h * 0.145, h * 0.12, 0, Math.PI, 2 * Math.PI);
    g.fill();
    n++;
  };
  draw();
  setInterval(draw, 100);
  return canvas.captureStream(10);
}
