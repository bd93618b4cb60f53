const METHOD = "kam_erpnext.api.power_map.picture";
const SHARP = 2; // pixels of the PNG for one of the drawing
const LARGEST = 12000; // pixels a browser draws at a side

/** Menu of the export. The picture comes from the server: the same as in the print, judgements only on demand. */
export function export_items(drawing) {
	const { model, context } = drawing;
	if (context.frm.is_new()) {
		return [{ heading: __("Save the map first; then the picture can be exported.") }];
	}
	const item = (label, type, judgements) => ({
		label,
		action: () => save_picture(drawing, type, judgements),
	});
	const items = [
		{ heading: __("Picture without judgements") },
		item(__("SVG"), "svg", false),
		item(__("PNG"), "png", false),
	];
	if (!model.judged) return items;
	return [
		...items,
		null,
		{ heading: __("With judgements, for internal use") },
		item(__("SVG, internal"), "svg", true),
		item(__("PNG, internal"), "png", true),
	];
}

async function save_picture(drawing, type, judgements) {
	const { frm } = drawing.context;
	if (frm.is_dirty()) await frm.save();
	if (frm.is_dirty()) return;
	const { message } = await frappe.call({
		method: METHOD,
		type: "GET",
		args: { power_map: frm.doc.name, judgements: judgements ? 1 : 0 },
		freeze: true,
		freeze_message: __("Drawing …"),
	});
	if (!message) return;
	const svg = new Blob([message], { type: "image/svg+xml" });
	const parts = [frm.doc.account_name || frm.doc.name, frm.doc.version_date, judgements && __("internal")];
	const name = `${__("Power Map")} ${parts.filter(Boolean).join(" ")}`.replace(/[\\/:*?"<>|]/g, "-");
	download(type === "svg" ? svg : await raster(svg), `${name}.${type}`);
}

/** The picture as PNG, drawn by this browser. */
async function raster(svg) {
	const address = URL.createObjectURL(svg);
	try {
		const image = new Image();
		image.src = address;
		await image.decode();
		const scale = Math.min(SHARP, LARGEST / Math.max(image.naturalWidth, image.naturalHeight));
		const canvas = document.createElement("canvas");
		canvas.width = Math.round(image.naturalWidth * scale);
		canvas.height = Math.round(image.naturalHeight * scale);
		const paper = canvas.getContext("2d");
		paper.fillStyle = "#fff";
		paper.fillRect(0, 0, canvas.width, canvas.height);
		paper.drawImage(image, 0, 0, canvas.width, canvas.height);
		return await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
	} finally {
		URL.revokeObjectURL(address);
	}
}

function download(blob, name) {
	const link = document.createElement("a");
	link.href = URL.createObjectURL(blob);
	link.download = name;
	document.body.append(link);
	link.click();
	link.remove();
	setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
