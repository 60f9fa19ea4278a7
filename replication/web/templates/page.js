// Draws the charts from the data embedded in the page; makes no network request.
const data = JSON.parse(document.getElementById("data").textContent);
const layout = (more) => ({
  margin: { l: 64, r: 16, t: 32, b: 48 }, hovermode: "closest", legend: { orientation: "h", y: -0.24, yanchor: "top" },
  paper_bgcolor: "#fff", plot_bgcolor: "#fff", font: { family: "system-ui, sans-serif", size: 13 }, ...more,
});
const axis = (title) => ({ title: { text: title }, gridcolor: "#e8ecf1", zerolinecolor: "#c9d0d9", automargin: true });
const config = { responsive: true, displaylogo: false, toImageButtonOptions: { format: "svg" } };

function choose(id, options, draw) {
  const select = document.getElementById(id);
  if (!select) return;
  options.forEach((name, index) => select.add(new Option(name, index)));
  select.addEventListener("change", () => draw(select.selectedIndex));
  draw(0);
}

function withBand(x, y, error, name, colour) {
  const upper = y.map((value, i) => value + error[i]), lower = y.map((value, i) => value - error[i]);
  return [
    { x: [...x, ...[...x].reverse()], y: [...upper, ...lower.reverse()], fill: "toself", fillcolor: colour + "2e",
      line: { width: 0 }, hoverinfo: "skip", showlegend: false, type: "scatter" },
    { x, y, name, mode: "lines", line: { color: colour }, customdata: error, type: "scatter",
      hovertemplate: "%{x:.3g}: %{y:.4g} ± %{customdata:.2g}<extra>" + name + "</extra>" },
  ];
}

choose("quantity", data.temperature.map((chart) => chart.title), (index) => {
  const chart = data.temperature[index];
  const styled = { xaxis: axis("temperature (K)"), yaxis: { ...axis(chart.title), rangemode: "tozero" } };
  Plotly.react("against-temperature", chart.data, layout(styled), config);
});

const runs = Object.keys(data.runs);
const colours = data.colours;
const CURVES = {
  running: [["L00", "naive κ = L₀₀", colours.naive], ["kappa_onsager", "Onsager κ", colours.onsager]],
  gauge: [["kappa_kk", "kinetic", colours.kinetic], ["kappa_pp", "potential", colours.potential], ["kappa_kp", "cross", colours.cross],
          ["kappa_naive", "naive (sum)", colours.naive], ["kappa_onsager", "Onsager", colours.onsager]],
  spectrum: [["naive", "energy current", colours.naive], ["onsager", "energy current with the ion currents projected out", colours.onsager]],
};
const AXES = {
  running: ["time_ps", "correlation time (ps)", "running integral (W/m/K)"],
  gauge: ["shift_eV_per_ion", "shift of the site energies (eV per ion)", "parts of L₀₀ (W/m/K)"],
  spectrum: ["frequency_THz", "frequency (THz)", "spectrum (W/m/K)"],
};

function drawRun(kind, run) {
  const [column, xTitle, yTitle] = AXES[kind], curves = data.runs[run][kind];
  if (!curves) return;
  const traces = CURVES[kind].flatMap(([name, label, colour]) =>
    curves[name] ? withBand(curves[column], curves[name], curves[name + "_error"], label, colour) : []);
  const log = kind === "spectrum" ? { type: "log" } : {};
  const reach = kind === "running"
    ? { range: [Math.min(0, ...curves.kappa_onsager.slice(40)), 2.2 * Math.max(...curves.L00.slice(-40), 0.1)] } : {};
  Plotly.react("run-" + kind, traces,
    layout({ xaxis: { ...axis(xTitle), ...log }, yaxis: { ...axis(yTitle), ...log, ...reach } }), config);
}

choose("run", runs.map((run) => data.runs[run].label), (index) => {
  for (const kind of Object.keys(CURVES)) if (document.getElementById("run-" + kind)) drawRun(kind, runs[index]);
});
