// rows of buttons to judge with: one click instead of a list to open

const escape = frappe.utils.escape_html;

/** One value out of `list` ([value, label, sign]); a click on the chosen one makes it unknown again. */
export function choice({ label, list, value, writes, name, choose }) {
	const row = make_row(label, name, writes);
	const body = row.querySelector(".kam-pm-choices");
	body.setAttribute("role", "radiogroup");
	for (const [one, text, sign] of list) {
		const button = add_button(body, text, sign, writes);
		button.dataset.value = one;
		button.setAttribute("role", "radio");
		button.setAttribute("aria-checked", String(one === value));
		button.addEventListener("click", () =>
			choose(button.getAttribute("aria-checked") === "true" ? null : one)
		);
	}
	return row;
}

/** Any number of values out of `list`. */
export function several({ label, list, values, writes, name, choose }) {
	const row = make_row(label, name, writes);
	const body = row.querySelector(".kam-pm-choices");
	for (const [one, text] of list) {
		const button = add_button(body, text, "", writes);
		button.dataset.value = one;
		button.setAttribute("aria-pressed", String(values.includes(one)));
		button.addEventListener("click", () =>
			choose(
				list
					.map(([role]) => role)
					.filter((role) => (role === one ? !values.includes(one) : values.includes(role)))
			)
		);
	}
	return row;
}

function make_row(label, name, writes) {
	const row = document.createElement("div");
	row.className = "kam-pm-judge";
	row.dataset.judge = name;
	row.innerHTML = `<div class="kam-pm-judge-label">${escape(
		label
	)}</div><div class="kam-pm-choices" aria-label="${escape(label)}"${writes ? "" : " data-fixed"}></div>`;
	return row;
}

function add_button(body, text, sign, writes) {
	const button = document.createElement("button");
	button.type = "button";
	button.innerHTML = `${sign ? `<i aria-hidden="true">${escape(sign)}</i>` : ""}<span>${escape(
		text
	)}</span>`;
	button.disabled = !writes;
	body.append(button);
	return button;
}
