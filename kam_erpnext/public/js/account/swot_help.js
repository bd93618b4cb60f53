import { escape } from "./format";

// guiding questions per quadrant: what a team asks itself before it writes a line
const questions = () => [
	{
		kind: __("Strengths"),
		lead: __("What is strong at this customer, and how do we make more of it?"),
		ask: [
			__("In what does the customer excel, and how can we help to improve it even more?"),
			__("Why does the customer buy from us and not from others, in its own words?"),
			__("Which relationships, references, approvals or systems tie us together?"),
		],
	},
	{
		kind: __("Weaknesses"),
		lead: __("What is weak, and how can it be turned into a strength?"),
		ask: [
			__("Where does the customer struggle, and how can we support it there?"),
			__("What do complaints, late deliveries, lost quotations and open issues have in common?"),
			__("Whom at the customer do we not know, and which sites or products do we not reach?"),
		],
	},
	{
		kind: __("Opportunities"),
		lead: __("What new business opens up for the customer in its market?"),
		ask: [
			__("What changes in the customer's market, and how can we help it to be first?"),
			__("Which needs, projects or investments of the next two years can we answer?"),
			__("Which item groups does the customer buy elsewhere although we offer them?"),
		],
	},
	{
		kind: __("Threats"),
		lead: __("What from outside could hurt the customer or our business with it?"),
		ask: [
			__("Which risks does the customer face, and how can we reduce them in the long term?"),
			__("Which competitor is gaining ground here, and with what?"),
			__("What would happen if our most important contact left tomorrow?"),
		],
	},
];

/** Shows the guiding questions above the SWOT table. */
export function show_swot_help($wrapper) {
	const quadrants = questions().map(
		({ kind, lead, ask }) => `
		<div class="kam-swot-quadrant">
			<h6>${escape(kind)}</h6>
			<div>${escape(lead)}</div>
			<ul>${ask.map((question) => `<li>${escape(question)}</li>`).join("")}</ul>
		</div>`
	);
	$wrapper.html(`
		<details class="kam-swot-help">
			<summary>${escape(__("Questions that help to fill the SWOT"))}</summary>
			<div class="kam-swot-grid">${quadrants.join("")}</div>
			<p class="text-muted">${escape(
				__(
					"One fact in one sentence. Then tick the lines that call for something to be done and choose Turn into Action."
				)
			)}</p>
		</details>`);
}
