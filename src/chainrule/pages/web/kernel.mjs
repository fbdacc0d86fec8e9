// src/kernel/attribution.ts
var e = [
	.1834346424956498,
	.525532409916329,
	.7966664774136267,
	.9602898564975363
], t = [
	.362683783378362,
	.31370664587788727,
	.22238103445337448,
	.10122853629037626
], n = e.flatMap((e, n) => [-1, 1].map((r) => ({
	at: (1 + r * e) / 2,
	weight: t[n] / 2
}))), r = 2 ** -24;
function i(e, t, i, a = 1e-9) {
	let o = t.map((e, t) => e - i[t]), s = new Float64Array(t.length), c = (e) => i.map((t, n) => t + e * o[n]), l = (i, l, d, f) => {
		let p = new Float64Array(t.length), m = l - i, h = m < r ? null : e.crossing?.(c(i), c(l)) ?? null;
		if (h !== null) return u(i, i + h * m, l, d, f);
		for (let { at: r, weight: a } of n) {
			let n = e.gradient(c(i + r * m));
			for (let e = 0; e < t.length; e++) p[e] += a * m * n[e] * o[e];
		}
		let g = p.reduce((e, t) => e + t, 0);
		if (Math.abs(g - (f - d)) <= a * Math.max(m, 1 / 128) || m < r) for (let e = 0; e < t.length; e++) s[e] += p[e];
		else u(i, (i + l) / 2, l, d, f);
	}, u = (t, n, r, i, a) => {
		let o = e.value(c(n));
		l(t, n, i, o), l(n, r, o, a);
	};
	return l(0, 1, e.value(i), e.value(t)), s;
}
var a = 1e-9, o = 1e-12;
function s(e, t) {
	let n = null;
	for (let r = 0; r < e.length; r++) {
		let i = e[r] - t[r], s = Math.abs(i) > o ? e[r] / i : 0;
		s > a && s < .999999999 && (n === null || Math.abs(s - .5) < Math.abs(n - .5)) && (n = s);
	}
	return n;
}
// src/kernel/formats.ts
var c = "[ \\t\\u00a0\\u2009\\u202f]", l = "(?:[A-Z]{0,2}[$€£¥₹₽₩₺₪฿₫₱₴₦]|USD|EUR|GBP|CHF|JPY|CNY|INR|AUD|CAD|NZD|SEK|NOK|DKK|PLN|CZK|HUF|BRL|MXN|ZAR|RUB|TRY|KRW|SGD|HKD|ILS|AED|kr|zł|Fr)", u = "[+\\-\\u2212\\u2013]", d = /^[^0-9.,]*[(\-\u2212\u2013]/, f = "0|[1-9][0-9]{0,14}";
function p(e, t) {
	let n = `[1-9][0-9]{0,2}(?:${e}[0-9]{2,3}){0,3}${e}[0-9]{3}`, r = `[${t}]`, i = `(?:${l}${c}*)?(?:${u}${c}*)?${`(?:(?:${n}|${f})(?:${r}[0-9]*)?(?:[eE][+-]?[0-9]+)?|${r}[0-9]+(?:[eE][+-]?[0-9]+)?)`}${c}*(?:${l}|%)?`;
	return {
		pattern: RegExp(`^(?:${u}?${c}*${i}|\\(${c}*${i}${c}*\\))$`, "u"),
		group: new RegExp(e, "gu"),
		decimal: t
	};
}
var m = "['\\u2019]", h = {
	"1,234.5": p(",", "."),
	"1.234,5": p("[.]", ","),
	"1 234.5": p(c, "."),
	"1 234,5": p(c, ","),
	"1'234.5": p(m, "."),
	"1'234,5": p(m, ",")
}, g = `(?:(?:T|,?${c}+)(?<hour>[0-9]{1,2}):(?<minute>[0-9]{2})(?::(?<second>[0-9]{2})(?:\\.[0-9]+)?)?(?:${c}*(?<half>[AaPp])\\.?[Mm]\\.?)?)?`, _ = "(?<day>[0-9]{1,2})", v = "(?<month>[0-9]{1,2})", y = "(?<year>[0-9]{4}|[0-9]{2})", b = "(?<month>[A-Za-zä]{3,9})\\.?", x = "(?<year>[0-9]{4})", ee = "y-m-d", S = Object.fromEntries(Object.entries({
	"d.m.y": `${_}\\.${c}?${v}\\.${c}?${y}`,
	"m/d/y": `${v}/${_}/${y}`,
	"d/m/y": `${_}/${v}/${y}`,
	"m-d-y": `${v}-${_}-${y}`,
	"d-m-y": `${_}-${v}-${y}`,
	[ee]: `${x}-${v}-${_}`,
	"y/m/d": `${x}/${v}/${_}`,
	"y.m.d": `${x}\\.${v}\\.${_}`,
	"d mon y": `${_}\\.?[ \\-/]*${b}[ \\-/,]+${y}`,
	"mon d, y": `${b}[ \\-/]*${_}(?:st|nd|rd|th)?,?[ \\-/]+${y}`
}).map(([e, t]) => [e, RegExp(`^${t}${g}$`, "u")])), C = [
	"jan",
	"feb",
	"mar",
	"apr",
	"may",
	"jun",
	"jul",
	"aug",
	"sep",
	"oct",
	"nov",
	"dec"
], te = {
	mär: 3,
	mrz: 3,
	mai: 5,
	okt: 10,
	dez: 12
}, ne = 69, re = 86400, ie = [...Object.keys(h), ...Object.keys(S)];
function ae(e, t) {
	let n = h[t];
	if (!n?.pattern.test(e)) return null;
	let r = e.replace(/^[^0-9.,]+|[^0-9.,]+$/g, "").replace(n.group, "").replace(n.decimal, "."), i = Number(r);
	return d.test(e) ? -i : i;
}
function oe(e, t) {
	let n = S[t]?.exec(e)?.groups;
	if (!n) return t === ee ? w(e) : null;
	let r = Number(n.year), i = n.year.length === 2, a = n.month, o = t.includes("mon") ? se(a) : Number(a), s = Number(n.hour ?? 0), c = n.half?.toLowerCase(), l = c === void 0 ? s : (s === 12 ? 0 : s) + (c === "p" ? 12 : 0);
	return ce(i ? r + (r < ne ? 2e3 : 1900) : r, o, Number(n.day), l, Number(n.minute ?? 0), Number(n.second ?? 0));
}
function se(e) {
	let t = e.toLowerCase().slice(0, 3), n = C.indexOf(t);
	return n >= 0 ? n + 1 : Object.hasOwn(te, t) ? te[t] : 0;
}
function ce(e, t, n, r, i, a) {
	let o = /* @__PURE__ */ new Date(0);
	return o.setUTCFullYear(e, t - 1, n), o.getUTCFullYear() !== e || o.getUTCMonth() !== t - 1 || o.getUTCDate() !== n || r > 23 || i > 59 || a > 59 ? null : Math.round(o.getTime() / 1e3) + r * 3600 + i * 60 + a;
}
var le = /^(\d{4})-(\d{2})-(\d{2})(?:[ T](\d{2})(?::?(\d{2})(?::?(\d{2})(\.\d{1,9})?)?)?(Z|[+-]\d{2}(?::?\d{2})?)?)?$/;
function w(e, t = !0) {
	let n = le.exec(e);
	if (!n || n[8] && !t) return null;
	let [r, i, a, o, s, c] = n.slice(1, 7).map((e) => Number(e ?? 0)), l = ce(r, i, a, o, s, c);
	if (l === null) return null;
	let u = /^([+-])(\d{2}):?(\d{2})?$/.exec(n[8] ?? ""), d = u ? Number(u[2]) * 3600 + Number(u[3] ?? 0) * 60 : 0;
	return l + Math.floor(Number(n[7] ?? 0) * 1e6) / 1e6 - (u?.[1] === "-" ? -d : d);
}
function ue(e) {
	let t = e / re, n = /* @__PURE__ */ new Date(Math.floor(t) * re * 1e3);
	return {
		days: t,
		month: n.getUTCMonth() + 1,
		weekday: (n.getUTCDay() + 6) % 7 + 1
	};
}
// src/kernel/encoder.ts
var de = /* @__PURE__ */ new Set([".", "-"]), fe = 3, pe = 1e100, me = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/, he = /^[+-]?nan$/i, ge = /^[+-]?inf(?:inity)?$/i, _e = /[\p{L}\p{N}_]{2,}/gu, ve = 40, T = class extends Error {
	name = "RowError";
};
function E(e) {
	return e.length > ve ? `${e.slice(0, ve)}...` : e;
}
var ye = class {
	columns;
	widths;
	size;
	missingWords;
	places = /* @__PURE__ */ new Map();
	constructor(e, t) {
		this.columns = e, this.missingWords = new Set(t), this.widths = e.map(D), this.size = this.widths.reduce((e, t) => e + t, 0);
	}
	encode(e, t = 0) {
		let n = new Float64Array(this.size), r = 0;
		return this.columns.forEach((i, a) => {
			if (!Object.hasOwn(e, i.name)) throw new T(`Row ${t} has no column ${E(i.name)}, which the model needs.`);
			this.fill(i, e[i.name], n.subarray(r, r + this.widths[a]), t), r += this.widths[a];
		}), n;
	}
	isMissing(e) {
		return e == null || Number.isNaN(e) || typeof e == "string" && this.missingWords.has(e);
	}
	fill(e, t, n, r) {
		e.kind === "number" ? Se(e, this.number(e, t, r), n) : e.kind === "category" ? this.fillCategory(e, this.word(t), n) : e.kind === "date" ? this.fillDate(e, t, n, r) : e.kind === "text" ? we(e, this.word(t) ?? "", this.placesOf(e.terms), n) : this.fillTarget(e, this.word(t), n);
	}
	word(e) {
		return this.isMissing(e) ? null : String(e);
	}
	number(e, t, n) {
		let r = typeof t == "string" ? this.numberIn(t, e, n) : this.isMissing(t) ? NaN : Number(t);
		if (r === Infinity || r === -Infinity) throw new T(`Column ${E(e.name)} must hold finite numbers, found ${t} in row ${n}.`);
		return r;
	}
	numberIn(e, t, n) {
		let r = be(e);
		if (this.missingWords.has(e) || de.has(r) || t.written && this.missingWords.has(r)) return NaN;
		if (t.written) {
			let i = ae(r, t.written);
			if (i === null) throw xe(t.name, `numbers written like ${t.written}`, e, n);
			return i;
		}
		if (he.test(r)) return NaN;
		if (ge.test(r)) return Infinity;
		if (!me.test(r)) throw xe(t.name, "numbers", e, n);
		return Number(r);
	}
	placesOf(e) {
		let t = this.places.get(e);
		return t || (t = new Map(e.map((e, t) => [e, t])), this.places.set(e, t)), t;
	}
	fillCategory(e, t, n) {
		let r = e.words.length, i = t === null ? void 0 : this.placesOf(e.words).get(t);
		i === void 0 ? t === null && e.missing ? n[r + +!!e.rare] = 1 : t !== null && e.rare && (n[r] = 1) : n[i] = 1;
	}
	fillTarget(e, t, n) {
		let r = e.words.length, i = t === null ? r : this.placesOf(e.words).get(t);
		i !== void 0 && e.prior.forEach((t, r) => n[r] = (e.shares[i][r] - t) / e.scale[r]);
	}
	fillDate(e, t, n, r) {
		let i = this.time(e, t, r), a = i === null ? null : ue(i), [o, s] = [D(e.days), D(e.month)];
		Se(e.days, a ? a.days : NaN, n.subarray(0, o)), this.fillCategory(e.month, a && String(a.month), n.subarray(o, o + s)), this.fillCategory(e.weekday, a && String(a.weekday), n.subarray(o + s));
	}
	time(e, t, n) {
		if (this.isMissing(t)) return null;
		let r = String(t), i = e.written ? be(r) : r;
		if (e.written && (de.has(i) || this.missingWords.has(i))) return null;
		let a = e.written ? oe(i, e.written) ?? w(i) : w(i, !1);
		if (a === null) throw xe(e.name, e.written ? `dates written like ${e.written}` : "dates such as 2024-01-31", r, n);
		return a;
	}
};
function be(e) {
	return e.replace(/^[ \t\n\v\f\r]+|[ \t\n\v\f\r]+$/g, "");
}
function xe(e, t, n, r) {
	return new T(`Column ${E(e)} must hold ${t}, as in the training data, found ${JSON.stringify(E(n))} in row ${r}.`);
}
function D(e) {
	return e.kind === "number" ? 1 + +!!e.missing + e.bin_means.length : e.kind === "category" ? e.words.length + +!!e.rare + +!!e.missing : e.kind === "date" ? D(e.days) + D(e.month) + D(e.weekday) : e.kind === "text" ? e.terms.length : e.classes.length;
}
function Se(e, t, n) {
	if (Number.isNaN(t)) {
		e.missing && (n[1] = 1);
		return;
	}
	let r = (t - e.mean) / e.scale, i = 1 + +!!e.missing;
	n[0] = e.clipped ? Ce(r) : r, e.bin_means.forEach((r, a) => {
		let o = e.edges[a], s = e.edges[a + 1];
		n[i + a] = (Math.min(Math.max(t, o), s) - o) / (s - o) - r;
	});
}
function Ce(e) {
	let t = Math.min(Math.max(e, -1e100), pe);
	return t / Math.sqrt(1 + (t / fe) ** 2);
}
function we(e, t, n, r) {
	for (let e of t.toLowerCase().match(_e) ?? []) {
		let t = n.get(e);
		t !== void 0 && (r[t] += 1);
	}
	let i = 0;
	for (let t = 0; t < r.length; t++) r[t] && (r[t] = (1 + Math.log(r[t])) * e.idf[t]), i += r[t] * r[t];
	let a = Math.sqrt(i);
	if (a) for (let e = 0; e < r.length; e++) r[e] /= a;
}
// src/kernel/functions.ts
function O(e) {
	let t = Math.exp(-Math.abs(e));
	return (e < 0 ? t : 1) / (1 + t);
}
function k(e) {
	return Math.log1p(Math.exp(-Math.abs(e))) + (e >= 0 ? e : 0);
}
var Te = 2.5, Ee = 200, De = 2 / Math.sqrt(Math.PI);
function Oe(e) {
	if (Number.isNaN(e)) return NaN;
	let t = Math.abs(e) * Math.SQRT1_2;
	if (t >= Te) {
		let n = .5 * ke(t);
		return e < 0 ? n : 1 - n;
	}
	let n = t, r = t;
	for (let e = 1; n > r * 1e-17; e++) n *= 2 * t * t / (2 * e + 1), r += n;
	let i = .5 * De * Ae(t) * r;
	return e < 0 ? .5 - i : .5 + i;
}
function ke(e) {
	let t = Ae(e);
	if (t === 0) return 0;
	let n = e, r = Math.min(Ee, Math.ceil(20 + 400 / e));
	for (let t = r; t > 0; t--) n = e + t / 2 / n;
	return t * .5 * De / n;
}
function Ae(e) {
	let t = Math.round(e * 16) / 16;
	return Math.exp(-t * t) * Math.exp(-(e - t) * (e + t));
}
// src/kernel/matrix.ts
var A = class extends Error {
	name = "MismatchError";
};
function j(e, t, n) {
	let r = e * t;
	if (n !== void 0 && n.length !== r) throw new A(`A matrix of ${e} rows and ${t} columns has ${r} numbers, found ${n.length}.`);
	return {
		rows: e,
		columns: t,
		data: n === void 0 ? new Float64Array(r) : n instanceof Float64Array ? n : Float64Array.from(n)
	};
}
function je(e) {
	let t = e.length ? e[0].length : 0, n = j(e.length, t);
	for (let r = 0; r < e.length; r++) {
		if (e[r].length !== t) throw new A(`Rows must be of equal length, found ${t} numbers in row 0 and ${e[r].length} in row ${r}.`);
		n.data.set(e[r], r * t);
	}
	return n;
}
function M(...e) {
	return {
		shape: e,
		data: new Float64Array(e.reduce((e, t) => e * t, 1))
	};
}
function N(e, t, n) {
	return n ?? j(e, t);
}
function P(e, t) {
	return {
		rows: t,
		columns: t ? e.data.length / t : e.columns,
		data: e.data
	};
}
function Me(e, t) {
	let n = -Infinity;
	for (let r = t * e.columns, i = r + e.columns; r < i; r++) e.data[r] > n && (n = e.data[r]);
	return n;
}
function Ne(e, t, n, r, i, a) {
	let o = 0;
	for (; o + 1 < r; o += 2) {
		let r = 0;
		for (; r + 3 < i; r += 4) Fe(e, t, n, o, r, a);
		for (; r < i; r++) for (let i = o; i < o + 2; i++) n.data[n.start + i * n.stride + r] = Pe(e, t, i, r, a);
	}
	for (; o < r; o++) for (let r = 0; r < i; r++) n.data[n.start + o * n.stride + r] = Pe(e, t, o, r, a);
}
function Pe(e, t, n, r, i) {
	let a = e.data, o = t.data, s = 0;
	for (let c = e.start + n * e.stride, l = t.start + r * t.stride, u = c + i; c < u; c++, l++) s += a[c] * o[l];
	return s;
}
function Fe(e, t, n, r, i, a) {
	let o = e.data, s = t.data, c = n.data, l = 0, u = 0, d = 0, f = 0, p = 0, m = 0, h = 0, g = 0, _ = e.start + r * e.stride, v = _ + e.stride, y = t.start + i * t.stride, b = y + t.stride, x = b + t.stride, ee = x + t.stride;
	for (let e = _ + a; _ < e; _++, v++, y++, b++, x++, ee++) {
		let e = s[y], t = s[b], n = s[x], r = s[ee], i = o[_], a = o[v];
		l += i * e, u += i * t, d += i * n, f += i * r, p += a * e, m += a * t, h += a * n, g += a * r;
	}
	let S = n.start + r * n.stride + i, C = S + n.stride;
	c[S] = l, c[S + 1] = u, c[S + 2] = d, c[S + 3] = f, c[C] = p, c[C + 1] = m, c[C + 2] = h, c[C + 3] = g;
}
var Ie = [/* @__PURE__ */ new Float64Array(), /* @__PURE__ */ new Float64Array()];
function Le(e, t, n, r) {
	Ie[r].length < t * n && (Ie[r] = new Float64Array(t * n));
	let i = e.data, a = Ie[r];
	for (let r = 0; r < t; r++) for (let o = 0, s = e.start + r * e.stride, c = r; o < n; o++, s++, c += t) a[c] = i[s];
	return {
		data: a,
		start: 0,
		stride: t
	};
}
var Re = 2e5, ze = null;
function Be(e) {
	ze = e;
}
function F(e, t, n) {
	let [r, i] = e.turned ? [e.columns, e.rows] : [e.rows, e.columns], a = t.turned ? t.rows : t.columns;
	if (ze && r * a * i >= Re) return ze(e, t, n, r, a, i);
	Ne(e.turned ? Le(e.place, e.rows, e.columns, 0) : e.place, t.turned ? t.place : Le(t.place, t.rows, t.columns, 1), n, r, a, i);
}
function Ve(e, t = 0) {
	return {
		data: e.data,
		start: t,
		stride: e.columns
	};
}
// src/kernel/layers.ts
function I(e, t) {
	if (e.inputs !== null && t !== e.inputs) throw new A(`${e.name} takes rows of ${e.inputs} numbers, found rows of ${t}.`);
}
function L(e, t) {
	for (let [n, r] of Object.entries(t)) if (!Number.isInteger(r) || r < 1) throw RangeError(`${e} needs a positive whole number of ${n}, found ${r}.`);
}
function He(e, t) {
	for (let n = 0; n < e.data.length; n++) e.data[n] += t.data[n];
	return e;
}
function Ue(e, t) {
	let n = M(e, t, t);
	for (let r = 0; r < e; r++) for (let e = 0; e < t; e++) n.data[(r * t + e) * t + e] = 1;
	return n;
}
var R = class {
	inputs = null;
	initializer = "glorot_uniform";
	kinked = !1;
	learns = !0;
	saturates = !1;
	outputSize(e) {
		return e;
	}
	parameterShapes() {
		return {};
	}
	jvp(e, t, n, r) {
		return this.vjp(e, t, n, r);
	}
}, z = class extends R {
	forward(e, t, n) {
		let r = N(t.rows, t.columns, n);
		for (let e = 0; e < t.data.length; e++) r.data[e] = this.function(t.data[e]);
		return r;
	}
	vjp(e, t, n, r, i = {}) {
		if (i.needDx === !1) return null;
		let a = N(t.rows, t.columns, i.out);
		for (let e = 0; e < t.data.length; e++) a.data[e] = r.data[e] * this.derivative(t.data[e], n.data[e]);
		return a;
	}
	jacobian(e, t, n) {
		let r = t.columns, i = M(t.rows, r, r);
		for (let e = 0; e < t.data.length; e++) i.data[e * r + e % r] = this.derivative(t.data[e], n.data[e]);
		return { x: i };
	}
};
function We(e, t, n) {
	if (!Number.isFinite(n)) throw RangeError(`${e} needs a finite ${t}, found ${n}.`);
}
var Ge = class extends z {
	name = "Identity";
	key = "identity";
	function(e) {
		return e;
	}
	derivative() {
		return 1;
	}
}, Ke = class extends z {
	name = "Heaviside";
	key = "heaviside";
	kinked = !0;
	learns = !1;
	function(e) {
		return +(e > 0);
	}
	derivative() {
		return 0;
	}
}, qe = class extends z {
	name = "Sigmoid";
	key = "logistic";
	saturates = !0;
	function(e) {
		return O(e);
	}
	derivative(e, t) {
		return t * O(-e);
	}
}, Je = class extends z {
	name = "Tanh";
	key = "tanh";
	saturates = !0;
	function(e) {
		return Math.tanh(e);
	}
	derivative(e, t) {
		return (1 - t) * (1 + t);
	}
}, Ye = class extends z {
	name = "ReLU";
	key = "relu";
	initializer = "he_normal";
	kinked = !0;
	function(e) {
		return e > 0 ? e : e < 0 ? 0 : e;
	}
	derivative(e) {
		return +(e > 0);
	}
}, Xe = class extends z {
	slope;
	name = "LeakyReLU";
	key = "leaky_relu";
	initializer = "he_normal";
	kinked = !0;
	constructor(e = .01) {
		super(), this.slope = e, We("LeakyReLU", "slope", e);
	}
	function(e) {
		return e > 0 ? e : e * this.slope;
	}
	derivative(e) {
		return e > 0 ? 1 : this.slope;
	}
}, Ze = class extends z {
	alpha;
	name = "ELU";
	key = "elu";
	initializer = "he_normal";
	kinked = !0;
	constructor(e = 1) {
		super(), this.alpha = e, We("ELU", "alpha", e);
	}
	function(e) {
		return e > 0 ? e : this.alpha * Math.expm1(e);
	}
	derivative(e) {
		return e > 0 ? 1 : this.alpha * Math.exp(e);
	}
}, Qe = 1.0507009873554805, $e = 1.6732632423543772, et = class extends z {
	name = "SELU";
	key = "selu";
	initializer = "lecun_normal";
	kinked = !0;
	function(e) {
		return Qe * (e > 0 ? e : $e * Math.expm1(e));
	}
	derivative(e) {
		return Qe * (e > 0 ? 1 : $e * Math.exp(e));
	}
}, tt = class extends z {
	name = "Softplus";
	key = "softplus";
	initializer = "he_normal";
	function(e) {
		return k(e);
	}
	derivative(e) {
		return O(e);
	}
}, nt = 50, rt = class extends z {
	name = "GELU";
	key = "gelu";
	initializer = "he_normal";
	function(e) {
		return e * Oe(e);
	}
	derivative(e) {
		let t = Math.min(Math.abs(e), nt);
		return Oe(e) + e * (Math.exp(-.5 * t * t) / Math.sqrt(2 * Math.PI));
	}
}, it = class extends z {
	name = "SiLU";
	key = "silu";
	initializer = "he_normal";
	function(e) {
		return e * O(e);
	}
	derivative(e) {
		return O(e) * (1 + e * O(-e));
	}
}, at = class extends z {
	name = "Mish";
	key = "mish";
	initializer = "he_normal";
	function(e) {
		return e * Math.tanh(k(e));
	}
	derivative(e) {
		let t = Math.tanh(k(e));
		return t + e * O(e) * (1 - t) * (1 + t);
	}
}, B = class extends R {
	name = "Softmax";
	key = "softmax";
	forward(e, t, n) {
		let r = N(t.rows, t.columns, n), i = t.columns;
		for (let e = 0; e < t.rows; e++) {
			let n = Me(t, e), a = e * i, o = 0;
			for (let e = a; e < a + i; e++) o += r.data[e] = Math.exp(t.data[e] - n);
			for (let e = a; e < a + i; e++) r.data[e] /= o;
		}
		return r;
	}
	vjp(e, t, n, r, i = {}) {
		if (i.needDx === !1) return null;
		let a = N(t.rows, t.columns, i.out), o = t.columns;
		for (let e = 0; e < n.data.length; e += o) {
			let t = 0;
			for (let i = e; i < e + o; i++) t += r.data[i] * n.data[i];
			for (let i = e; i < e + o; i++) a.data[i] = n.data[i] * (r.data[i] - t);
		}
		return a;
	}
	jacobian(e, t, n) {
		let r = n.columns, i = M(n.rows, r, r);
		for (let e = 0; e < n.rows; e++) for (let t = 0; t < r; t++) for (let a = 0; a < r; a++) {
			let o = n.data[e * r + t];
			i.data[(e * r + t) * r + a] = (t === a ? o : 0) - o * n.data[e * r + a];
		}
		return { x: i };
	}
}, V = {
	Identity: Ge,
	Heaviside: Ke,
	Sigmoid: qe,
	Tanh: Je,
	ReLU: Ye,
	LeakyReLU: Xe,
	ELU: Ze,
	SELU: et,
	Softplus: tt,
	GELU: rt,
	SiLU: it,
	Mish: at,
	Softmax: B
}, ot = class {
	known = /* @__PURE__ */ new Map();
	matrix(e, t, n) {
		let r = this.known.get(e);
		if (r && r.rows === t && r.columns === n) return r;
		let i = t * n, a = r && r.data.buffer.byteLength >= i * 8 ? r.data.buffer : /* @__PURE__ */ new ArrayBuffer(i * 8), o = {
			rows: t,
			columns: n,
			data: new Float64Array(a, 0, i)
		};
		return this.known.set(e, o), o;
	}
}, st = class {
	layers;
	widths;
	layout;
	size;
	penalized;
	constructor(e) {
		let t = e[0]?.inputs;
		if (t == null) throw new A("A network starts with a layer that fixes its inputs, such as new Dense(4, 8).");
		let n = [t], r = [], i = [], a = 0;
		for (let t of e) {
			n.push(t.outputSize(n[n.length - 1]));
			let e = {};
			for (let [n, r] of Object.entries(t.parameterShapes())) {
				let o = a + r.reduce((e, t) => e * t, 1);
				e[n] = {
					start: a,
					end: o,
					shape: r
				}, n !== "bias" && !t.unpenalized?.includes(n) && i.push(e[n]), a = o;
			}
			r.push(e);
		}
		[this.layers, this.widths, this.layout, this.penalized, this.size] = [
			e,
			n,
			r,
			i,
			a
		];
	}
	get inputs() {
		return this.widths[0];
	}
	get outputs() {
		return this.widths[this.widths.length - 1];
	}
	zeros() {
		return new Float64Array(this.size);
	}
	views(e) {
		if (e.length !== this.size) throw new A(`theta must have ${this.size} numbers for this network, found ${e.length}.`);
		return this.layout.map((t) => {
			let n = {};
			for (let r in t) n[r] = e.subarray(t[r].start, t[r].end);
			return n;
		});
	}
	forward(e, t, n) {
		if (t.columns !== this.inputs) throw new A(`x must have ${this.inputs} columns for this network, found ${t.columns}.`);
		let r = [t], i = this.views(e);
		return this.layers.forEach((e, a) => {
			let o = n?.matrix(`y${a}`, t.rows, this.widths[a + 1]);
			r.push(e.forward(i[a], r[a], o));
		}), r;
	}
	backward(e, t, n, r, i) {
		return this.back(e, t, n, r, !1, i), r;
	}
	inputGradient(e, t, n) {
		return this.back(e, t, n, void 0, !0)[0];
	}
	backwardSteps(e, t, n) {
		return this.back(e, t, n, void 0, !0);
	}
	back(e, t, n, r, i, a) {
		let o = this.views(e), s = r && this.views(r), c = [n];
		for (let e = this.layers.length - 1; e >= 0; e--) {
			let n = t[e], r = e > 0 || i, l = r ? a?.matrix(`dx${e}`, n.rows, n.columns) : void 0, u = this.layers[e].vjp(o[e], n, t[e + 1], c[0], {
				needDx: r,
				out: l,
				grad: s?.[e]
			});
			u && c.unshift(u);
		}
		return c;
	}
	jvp(e, t, n) {
		let r = this.views(e), i = this.views(n), a = j(t[0].rows, t[0].columns);
		return this.layers.forEach((e, n) => {
			a = e.jvp(r[n], t[n], t[n + 1], a, i[n]);
		}), a;
	}
};
function ct(e) {
	return e instanceof R ? e.initializer : "glorot_uniform";
}
// src/kernel/random.ts
var H = 4, lt = (1n << 64n) - 1n, ut = (1n << 128n) - 1n, dt = 47026247687942121848144207491837523525n;
function ft(e) {
	let t = [];
	for (let n = e; n > 0n || t.length === 0; n >>= 32n) t.push(Number(n & 4294967295n));
	return t;
}
function pt(e, t) {
	let n = ft(e), r = [], i = 1135663077, a = (e) => {
		let t = (e ^ i) >>> 0;
		return i = Math.imul(i, 2468251765) >>> 0, t = Math.imul(t, i) >>> 0, (t ^ t >>> 16) >>> 0;
	}, o = (e, t) => {
		let n = Math.imul(e, 3389127133) - Math.imul(t, 1232336661) >>> 0;
		return (n ^ n >>> 16) >>> 0;
	};
	for (let e = 0; e < H; e++) r.push(a(n[e] ?? 0));
	for (let e = 0; e < H; e++) for (let t = 0; t < H; t++) e !== t && (r[t] = o(r[t], a(r[e])));
	for (let e = H; e < n.length; e++) for (let t = 0; t < H; t++) r[t] = o(r[t], a(n[e]));
	return i = 2337405405, Array.from({ length: t }, (e, t) => {
		let n = (r[t % H] ^ i) >>> 0;
		return i = Math.imul(i, 1492356589) >>> 0, n = Math.imul(n, i) >>> 0, (n ^ n >>> 16) >>> 0;
	});
}
var U = 256, W = 3.654152885361009, mt = .0049286732339746545, G = 2 ** 52, K = (() => {
	let e = new Float64Array(U), t = new Float64Array(U), n = new Float64Array(U), r = new Float64Array(U), i = (e) => Math.exp(-.5 * e * e);
	e[255] = W;
	for (let t = 254; t > 0; t--) e[t] = Math.sqrt(-2 * Math.log1p(mt / e[t + 1] + Math.expm1(-.5 * e[t + 1] ** 2)));
	for (let a = 1; a < U; a++) t[a] = e[a] / G, r[a] = i(e[a]), n[a] = Math.floor(e[a - 1] / e[a] * G);
	return t[0] = mt / i(W) / G, r[0] = 1, n[0] = Math.floor(W * i(W) / mt * G), {
		width: t,
		limit: n,
		height: r
	};
})(), q = class {
	state;
	increment;
	kept = null;
	constructor(e) {
		if (!(typeof e == "bigint" ? e >= 0n : Number.isSafeInteger(e) && e >= 0)) throw RangeError(`A seed must be a whole number of at least 0, found ${e}.`);
		let t = pt(BigInt(e), 8).map(BigInt), n = (e) => t[e] | t[e + 1] << 32n;
		this.increment = ((n(4) << 64n | n(6)) << 1n | 1n) & ut, this.state = this.increment + (n(0) << 64n | n(2)) & ut, this.advance();
	}
	advance() {
		this.state = this.state * dt + this.increment & ut;
	}
	bits64() {
		this.advance();
		let e = this.state >> 64n ^ this.state & lt, t = this.state >> 122n;
		return (e >> t | e << 64n - t) & lt;
	}
	bits32() {
		if (this.kept !== null) {
			let e = this.kept;
			return this.kept = null, e;
		}
		let e = this.bits64();
		return this.kept = Number(e >> 32n), Number(e & 4294967295n);
	}
	random() {
		return Number(this.bits64() >> 11n) / 9007199254740992;
	}
	uniform(e, t) {
		return e + (t - e) * this.random();
	}
	normal(e = 0, t = 1) {
		return e + t * this.standardNormal();
	}
	standardNormal() {
		for (;;) {
			let e = this.bits64(), t = Number(e & 255n), n = e >> 8n & 1n, r = Number(e >> 9n & 4503599627370495n), i = r * K.width[t];
			if (r < K.limit[t]) return n ? -i : i;
			if (t === 0) return this.tail(BigInt(r) >> 8n & 1n);
			if ((K.height[t - 1] - K.height[t]) * this.random() + K.height[t] < Math.exp(-.5 * i * i)) return n ? -i : i;
		}
	}
	tail(e) {
		for (;;) {
			let t = -Math.log1p(-this.random()) / W;
			if (2 * -Math.log1p(-this.random()) > t * t) return e ? -(W + t) : W + t;
		}
	}
	below(e) {
		if (e === 0) return 0;
		let t = BigInt(e) + 1n, n = BigInt(this.bits32()) * t;
		if ((n & 4294967295n) < t) {
			let e = (4294967296n - t) % t;
			for (; (n & 4294967295n) < e;) n = BigInt(this.bits32()) * t;
		}
		return Number(n >> 32n);
	}
	integer(e, t) {
		return e + this.below(t - e - 1);
	}
	permutation(e) {
		let t = new Int32Array(e);
		for (let n = 0; n < e; n++) t[n] = n;
		for (let n = e - 1; n > 0; n--) {
			let e = this.masked(n), r = t[e];
			t[e] = t[n], t[n] = r;
		}
		return t;
	}
	masked(e) {
		let t = 2 ** (32 - Math.clz32(e)) - 1;
		for (;;) {
			let n = (this.bits32() & t) >>> 0;
			if (n <= e) return n;
		}
	}
};
// src/kernel/initializers.ts
function ht(e, t, n) {
	let r = new Float64Array(e * t);
	for (let i = 0; i < e; i++) for (let a = 0; a < t; a++) r[a * e + i] = n();
	return r;
}
function gt(e) {
	return (t, n, r) => {
		let i = Math.sqrt(3 * e(n, r));
		return ht(n, r, () => t.uniform(-i, i));
	};
}
function _t(e) {
	return (t, n, r) => {
		let i = Math.sqrt(e(n, r));
		return ht(n, r, () => t.normal(0, i));
	};
}
var vt = (e, t, n) => {
	let r = Math.max(t, n), i = Math.min(t, n), a = yt(ht(r, i, () => e.normal()), r, i);
	if (t >= n) return a;
	let o = new Float64Array(r * i);
	for (let e = 0; e < r; e++) for (let t = 0; t < i; t++) o[e * i + t] = a[t * r + e];
	return o;
};
function yt(e, t, n) {
	let r = (n) => e.subarray(n * t, (n + 1) * t), i = (e, t) => e.reduce((e, n, r) => e + n * t[r], 0);
	for (let e = 0; e < n; e++) {
		let n = r(e);
		for (let a = 0; a < 2; a++) for (let a = 0; a < e; a++) {
			let e = r(a), o = i(n, e);
			for (let r = 0; r < t; r++) n[r] -= o * e[r];
		}
		let a = Math.sqrt(i(n, n));
		for (let e = 0; e < t; e++) n[e] /= a;
	}
	return e;
}
var bt = {
	glorot_uniform: gt((e, t) => 2 / (e + t)),
	glorot_normal: _t((e, t) => 2 / (e + t)),
	he_uniform: gt((e) => 2 / e),
	he_normal: _t((e) => 2 / e),
	lecun_uniform: gt((e) => 1 / e),
	lecun_normal: _t((e) => 1 / e),
	orthogonal: vt,
	zeros: (e, t, n) => new Float64Array(t * n)
};
function xt(e, t, n = "auto") {
	if (n !== "auto" && !bt[n]) throw RangeError(`No initializer is called ${n}; there are auto, ${Object.keys(bt).join(", ")}.`);
	let r = t instanceof q ? t : new q(t), i = e.zeros(), a = e.views(i);
	return e.layers.forEach((t, i) => {
		let o = bt[n === "auto" ? ct(e.layers[i + 1]) : n], s = (e, t) => o(r, e, t), c = t.parameterShapes().weights, l = t.initial?.(() => r.integer(0, 2), s) ?? (c ? { weights: s(c[0], c[1]) } : {});
		for (let [e, t] of Object.entries(l)) a[i][e].set(t);
	}), i;
}
// src/kernel/linear.ts
var St = class {
	k;
	i;
	o;
	bias;
	shared;
	constructor(e, t, n, r, i) {
		this.k = e, this.i = t, this.o = n, this.bias = r, this.shared = i;
	}
	get inputs() {
		return this.k * this.i;
	}
	get outputs() {
		return this.k * this.o;
	}
	get columns() {
		return this.shared ? this.o : this.outputs;
	}
	outputSize(e) {
		return I(this, e), this.outputs;
	}
	parameterShapes() {
		let e = [this.i, this.columns];
		return this.bias ? {
			weights: e,
			bias: [this.outputs]
		} : { weights: e };
	}
	initial(e, t) {
		let n = new Float64Array(this.i * this.columns), r = this.columns / this.o;
		for (let e = 0; e < r; e++) this.weightsOf(n, e).set(t(this.i, this.o));
		return { weights: n };
	}
	weightsOf(e, t) {
		return e.subarray(t * this.i * this.o, (t + 1) * this.i * this.o);
	}
	operand(e, t, n) {
		return {
			place: {
				data: this.weightsOf(e, t),
				start: 0,
				stride: this.i
			},
			rows: this.o,
			columns: this.i,
			turned: n
		};
	}
	parts(e, t) {
		let { k: n, i: r, o: i } = this;
		return this.shared ? [{
			x: {
				data: e.data,
				start: 0,
				stride: r
			},
			y: {
				data: t.data,
				start: 0,
				stride: i
			},
			n: e.rows * n,
			weights: 0
		}] : Array.from({ length: n }, (n, a) => ({
			x: Ve(e, a * r),
			y: Ve(t, a * i),
			n: e.rows,
			weights: a
		}));
	}
	times(e, t, n) {
		for (let r of this.parts(e, n)) F(Ct(r.x, r.n, this.i), this.operand(t, r.weights, !0), r.y);
	}
	weightGradient(e, t, n) {
		let { i: r, o: i } = this;
		for (let { x: a, y: o, n: s, weights: c } of this.parts(e, t)) F({
			...Ct(o, s, i),
			turned: !0
		}, Ct(a, s, r), {
			data: this.weightsOf(n, c),
			start: 0,
			stride: r
		});
	}
	timesTransposed(e, t, n) {
		for (let r of this.parts(n, e)) F(Ct(r.y, r.n, this.o), this.operand(t, r.weights, !1), r.x);
	}
	forward(e, t, n) {
		I(this, t.columns);
		let r = N(t.rows, this.outputs, n);
		return this.times(t, e.weights, r), this.bias && wt(r, e.bias), r;
	}
	vjp(e, t, n, r, i = {}) {
		let { needDx: a = !0, out: o, grad: s } = i;
		if (s && (this.weightGradient(t, r, s.weights), this.bias && Tt(r, s.bias)), !a) return null;
		let c = N(t.rows, this.inputs, o);
		return this.timesTransposed(r, e.weights, c), c;
	}
	jvp(e, t, n, r, i) {
		let a = N(t.rows, this.outputs);
		return this.times(r, e.weights, a), He(this.forward(i, t), a);
	}
	jacobian(e, t) {
		let n = t.rows, { i: r, inputs: i, outputs: a, columns: o } = this, s = e.weights, c = M(n, a, i), l = M(n, a, r, o);
		for (let e = 0, u = 0; e < n; e++) for (let n = 0; n < a; n++, u++) {
			let a = Math.floor(n / this.o) * r, d = n % o;
			for (let n = 0; n < r; n++) c.data[u * i + a + n] = s[d * r + n], l.data[(u * r + n) * o + d] = t.data[e * i + a + n];
		}
		return this.bias ? {
			x: c,
			weights: l,
			bias: Ue(n, a)
		} : {
			x: c,
			weights: l
		};
	}
}, Ct = (e, t, n) => ({
	place: e,
	rows: t,
	columns: n,
	turned: !1
});
function wt(e, t) {
	for (let n = 0; n < e.data.length;) for (let r = 0; r < e.columns; r++, n++) e.data[n] += t[r];
}
function Tt(e, t) {
	t.fill(0);
	for (let n = 0; n < e.data.length;) for (let r = 0; r < e.columns; r++, n++) t[r] += e.data[n];
}
var Et = class extends St {
	name = "Dense";
	constructor(e, t, n = !0) {
		L("Dense", {
			inputs: e,
			outputs: t
		}), super(1, e, t, n, !1);
	}
}, Dt = class extends St {
	name = "SharedDense";
	constructor(e, t, n, r = !0) {
		L("SharedDense", {
			members: e,
			member_inputs: t,
			member_outputs: n
		}), super(e, t, n, r, !0);
	}
}, Ot = class extends St {
	name = "MemberDense";
	constructor(e, t, n, r = !0) {
		L("MemberDense", {
			members: e,
			member_inputs: t,
			member_outputs: n
		}), super(e, t, n, r, !1);
	}
};
// src/kernel/members.ts
function kt(e, t, n, r, i) {
	let a = M(t, n * r, n * i);
	for (let o = 0; o < t * n * r * i; o++) {
		let t = o % i, s = Math.floor(o / i) % (n * r), c = Math.floor(o / (i * n * r));
		a.data[(c * n * r + s) * n * i + Math.floor(s / r) * i + t] = e[o];
	}
	return a;
}
var At = class {
	members;
	inputs;
	name = "MemberScale";
	unpenalized = ["scale"];
	constructor(e, t) {
		this.members = e, this.inputs = t, L("MemberScale", {
			members: e,
			inputs: t
		});
	}
	get outputs() {
		return this.members * this.inputs;
	}
	outputSize(e) {
		return I(this, e), this.outputs;
	}
	parameterShapes() {
		return { scale: [this.outputs] };
	}
	initial(e) {
		return { scale: Float64Array.from({ length: this.outputs }, () => e() ? 1 : -1) };
	}
	forward(e, t, n) {
		I(this, t.columns);
		let r = N(t.rows, this.outputs, n), i = this.inputs, a = e.scale;
		for (let e = 0, n = 0; e < t.rows; e++) for (let o = 0; o < this.outputs; o++, n++) r.data[n] = a[o] * t.data[e * i + o % i];
		return r;
	}
	vjp(e, t, n, r, i = {}) {
		let a = this.inputs, o = this.outputs, s = e.scale, c = i.grad?.scale;
		if (c) {
			c.fill(0);
			for (let e = 0, n = 0; e < t.rows; e++) for (let i = 0; i < o; i++, n++) c[i] += r.data[n] * t.data[e * a + i % a];
		}
		if (i.needDx === !1) return null;
		let l = N(t.rows, a, i.out);
		l.data.fill(0);
		for (let e = 0, n = 0; e < t.rows; e++) for (let t = 0; t < o; t++, n++) l.data[e * a + t % a] += r.data[n] * s[t];
		return l;
	}
	jvp(e, t, n, r, i) {
		return He(this.forward(e, r), this.forward(i, t));
	}
	jacobian(e, t) {
		let n = t.rows, r = this.inputs, i = this.outputs, a = M(n, i, r), o = M(n, i, i);
		for (let s = 0; s < n; s++) for (let n = 0; n < i; n++) a.data[(s * i + n) * r + n % r] = e.scale[n], o.data[(s * i + n) * i + n] = t.data[s * r + n % r];
		return {
			x: a,
			scale: o
		};
	}
}, jt = class extends R {
	members;
	name = "MemberSoftmax";
	key = "member_softmax";
	each = new B();
	constructor(e) {
		super(), this.members = e, L("MemberSoftmax", { members: e });
	}
	outputSize(e) {
		if (e % this.members) throw new A(`MemberSoftmax takes rows of a multiple of ${this.members} numbers, found rows of ${e}.`);
		return e;
	}
	flat(e) {
		return P(e, e.rows * this.members);
	}
	forward(e, t, n) {
		let r = N(t.rows, t.columns, n);
		return this.each.forward({}, this.flat(t), this.flat(r)), r;
	}
	vjp(e, t, n, r, i = {}) {
		if (i.needDx === !1) return null;
		let a = N(t.rows, t.columns, i.out);
		return this.each.vjp({}, this.flat(t), this.flat(n), this.flat(r), { out: this.flat(a) }), a;
	}
	jacobian(e, t, n) {
		let { x: r } = this.each.jacobian({}, this.flat(t), this.flat(n)), i = t.columns / this.members;
		return { x: kt(r.data, t.rows, this.members, i, i) };
	}
}, Mt = 22250738585072014e-324;
function Nt(e) {
	return e.columns !== void 0;
}
function Pt(e, t) {
	if (Nt(e)) {
		if (e.columns !== t) throw new A(`Targets must have ${t} columns for ${t} logits, found ${e.columns}.`);
		return e;
	}
	let n = j(e.length, t);
	for (let r = 0; r < e.length; r++) {
		let i = e[r];
		if (!(Number.isInteger(i) && i >= 0 && i < t)) throw RangeError(`Target of row ${r} is class ${i}, but there are ${t} classes, 0 to ${t - 1}.`);
		n.data[r * t + i] = 1;
	}
	return n;
}
function Ft(e, t, n) {
	return t === 0 ? e : j(e.rows, e.columns, e.data.map((e) => e * (1 - t) + t / n));
}
function It(e) {
	if (!(e >= 0 && e < 1)) throw RangeError(`label_smoothing must be at least 0 and less than 1, found ${e}.`);
}
function Lt(e) {
	let t = e.columns, n = M(e.rows, t, t);
	for (let r = 0; r < e.data.length; r++) n.data[r * t + r % t] = e.data[r];
	return n;
}
var Rt = class {
	labelSmoothing;
	name = "SoftmaxCrossEntropy";
	activation = new B();
	exclusive = !0;
	constructor(e = 0) {
		this.labelSmoothing = e, It(e);
	}
	targets(e, t) {
		return Ft(Pt(e, t), this.labelSmoothing, t);
	}
	value(e, t) {
		return this.valueAndGradient(e, t).value;
	}
	gradient(e, t, n) {
		return this.valueAndGradient(e, t, n).gradient;
	}
	valueAndGradient(e, t, n) {
		let r = this.targets(t, e.columns), i = e.columns, a = N(e.rows, i, n), o = a.data, s = new Float64Array(e.rows);
		for (let t = 0; t < e.rows; t++) {
			let n = Me(e, t), a = t * i, c = a + i, l = 0, u = 0;
			for (let t = a; t < c; t++) {
				let i = e.data[t] - n;
				l += r.data[t] * i, u += o[t] = Math.exp(i);
			}
			for (let e = a; e < c; e++) o[e] = o[e] / u - r.data[e];
			s[t] = Math.log(u) - l;
		}
		return {
			value: s,
			gradient: a
		};
	}
	curvatureProduct(e, t, n) {
		return this.activation.jvp({}, e, this.activation.forward({}, e), n);
	}
	factors(e, t) {
		let n = this.targets(t, e.columns), r = this.activation.forward({}, e), i = j(e.rows, e.columns);
		for (let e = 0; e < r.data.length; e++) r.data[e] = Math.max(r.data[e], Mt), i.data[e] = -n.data[e] / r.data[e];
		return {
			dlossDy: i,
			dyDz: this.activation.jacobian({}, e, r).x
		};
	}
}, zt = class {
	labelSmoothing;
	name = "SigmoidCrossEntropy";
	activation = new qe();
	exclusive = !1;
	constructor(e = 0) {
		this.labelSmoothing = e, It(e);
	}
	targets(e, t) {
		return Ft(Wt(e, t), this.labelSmoothing, 2);
	}
	value(e, t) {
		let n = this.targets(e, t);
		return Gt(e, (t) => {
			let r = e.data[t];
			return (r >= 0 ? r : 0) - n.data[t] * r + Math.log1p(Math.exp(-Math.abs(r)));
		});
	}
	gradient(e, t, n) {
		let r = this.targets(e, t), i = N(e.rows, e.columns, n);
		for (let t = 0; t < e.data.length; t++) i.data[t] = O(e.data[t]) - r.data[t];
		return i;
	}
	valueAndGradient(e, t, n) {
		return {
			value: this.value(e, t),
			gradient: this.gradient(e, t, n)
		};
	}
	curvatureProduct(e, t, n) {
		return j(e.rows, e.columns, n.data.map((t, n) => O(e.data[n]) * O(-e.data[n]) * t));
	}
	factors(e, t) {
		let n = this.targets(e, t), r = j(e.rows, e.columns), i = j(e.rows, e.columns);
		for (let t = 0; t < e.data.length; t++) {
			let a = Math.max(O(e.data[t]), Mt), o = Math.max(O(-e.data[t]), Mt);
			r.data[t] = (1 - n.data[t]) / o - n.data[t] / a, i.data[t] = a * o;
		}
		return {
			dlossDy: r,
			dyDz: Lt(i)
		};
	}
}, Bt = class {
	name = "PerceptronCriterion";
	activation = new Ke();
	exclusive = !1;
	value(e, t) {
		let n = Wt(e, t);
		return Gt(e, (t) => (e.data[t] > 0 ? e.data[t] : 0) - n.data[t] * e.data[t]);
	}
	gradient(e, t, n) {
		let r = Wt(e, t), i = N(e.rows, e.columns, n);
		for (let t = 0; t < e.data.length; t++) i.data[t] = +(e.data[t] > 0) - r.data[t];
		return i;
	}
	valueAndGradient(e, t, n) {
		return {
			value: this.value(e, t),
			gradient: this.gradient(e, t, n)
		};
	}
	curvatureProduct(e, t, n) {
		return j(n.rows, n.columns);
	}
	factors(e, t) {
		return {
			dlossDy: this.gradient(e, t),
			dyDz: Lt(j(e.rows, e.columns, e.data.map(() => 1)))
		};
	}
}, Vt = class {
	members;
	loss;
	name = "MemberLoss";
	activation;
	exclusive;
	constructor(e, t) {
		if (this.members = e, this.loss = t, !Number.isInteger(e) || e < 1) throw RangeError(`MemberLoss needs a positive whole number of members, found ${e}.`);
		let n = t.activation;
		if (!(n instanceof B || n instanceof z)) throw RangeError(`MemberLoss needs the loss of a member, found ${t.name}.`);
		this.activation = n instanceof B ? new jt(e) : n, this.exclusive = t.exclusive;
	}
	flat(e) {
		return P(e, e.rows * this.members);
	}
	repeated(e, t) {
		let n = e.columns / this.members, r = this.loss.exclusive ? Pt(t, n) : Wt({
			rows: e.rows,
			columns: n
		}, t), i = j(e.rows * this.members, n);
		for (let e = 0; e < i.rows; e++) {
			let t = Math.floor(e / this.members) * n;
			for (let a = 0; a < n; a++) i.data[e * n + a] = r.data[t + a];
		}
		return i;
	}
	mean(e, t) {
		let n = new Float64Array(t);
		for (let t = 0; t < e.length; t++) n[Math.floor(t / this.members)] += e[t];
		return n.map((e) => e / this.members);
	}
	share(e, t, n) {
		let r = n ?? P(e, t);
		for (let t = 0; t < e.data.length; t++) r.data[t] = e.data[t] / this.members;
		return r;
	}
	value(e, t) {
		return this.mean(this.loss.value(this.flat(e), this.repeated(e, t)), e.rows);
	}
	gradient(e, t, n) {
		return this.share(this.loss.gradient(this.flat(e), this.repeated(e, t)), e.rows, n);
	}
	valueAndGradient(e, t, n) {
		let { value: r, gradient: i } = this.loss.valueAndGradient(this.flat(e), this.repeated(e, t));
		return {
			value: this.mean(r, e.rows),
			gradient: this.share(i, e.rows, n)
		};
	}
	curvatureProduct(e, t, n) {
		return this.share(this.loss.curvatureProduct(this.flat(e), this.repeated(e, t), this.flat(n)), e.rows);
	}
	factors(e, t) {
		let { dlossDy: n, dyDz: r } = this.loss.factors(this.flat(e), this.repeated(e, t)), i = e.columns / this.members;
		return {
			dlossDy: this.share(n, e.rows),
			dyDz: kt(r.data, e.rows, this.members, i, i)
		};
	}
	probabilities(e) {
		let t = this.loss.activation.forward({}, this.flat(e)), n = e.columns / this.members, r = j(e.rows, n);
		for (let i = 0; i < t.data.length; i++) r.data[Math.floor(i / e.columns) * n + i % n] += t.data[i] / this.members;
		return r;
	}
};
function Ht(e, t) {
	if (t === 1) return e;
	let n = e.columns / t, r = j(e.rows, n), i = new Float64Array(t), a = new Float64Array(t);
	for (let o = 0; o < e.rows; o++) for (let s = 0; s < n; s++) {
		for (let r = 0; r < t; r++) {
			let t = o * e.columns + r * n, c = e.data[t + s];
			i[r] = n === 1 ? -k(-c) : c - Ut(e.data.subarray(t, t + n)), a[r] = -k(c);
		}
		r.data[o * n + s] = Ut(i) - (n === 1 ? Ut(a) : Math.log(t));
	}
	return r;
}
function Ut(e) {
	let t = -Infinity, n = 0;
	for (let n of e) n > t && (t = n);
	for (let r of e) n += Math.exp(r - t);
	return Math.log(n) + t;
}
function Wt(e, t) {
	let n = Nt(t) ? t : j(t.length, 1, t);
	if (n.rows !== e.rows || n.columns !== e.columns) throw new A(`Targets must be of shape (${e.rows}, ${e.columns}), found (${n.rows}, ${n.columns}).`);
	return n;
}
function Gt(e, t) {
	let n = new Float64Array(e.rows);
	for (let r = 0, i = 0; r < e.rows; r++) for (let a = 0; a < e.columns; a++, i++) n[r] += t(i);
	return n;
}
var Kt = {
	SoftmaxCrossEntropy: Rt,
	SigmoidCrossEntropy: zt,
	PerceptronCriterion: Bt
}, qt = class {
	l1;
	l2;
	name = "Penalty";
	constructor(e = 0, t = 0) {
		this.l1 = e, this.l2 = t;
		for (let [n, r] of [["l1", e], ["l2", t]]) if (!(r >= 0 && Number.isFinite(r))) throw RangeError(`Penalty needs a finite ${n} of at least 0, found ${r}.`);
	}
	value(e) {
		let t = 0, n = 0;
		for (let r of e) t += r * r, n += Math.abs(r);
		return this.l2 / 2 * t + this.l1 * n;
	}
	gradient(e) {
		return e.map((e) => this.l2 * e + this.l1 * Math.sign(e));
	}
	addLeastSubgradient(e, t, n = 1) {
		let r = n * this.l1, i = n * this.l2;
		for (let n = 0; n < e.length; n++) {
			let a = e[n], o = t[n] + i * a;
			r === 0 ? t[n] = o : t[n] = a === 0 ? Math.sign(o) * Math.max(Math.abs(o) - r, 0) : o + r * Math.sign(a);
		}
	}
}, Jt = 1;
function Yt(e) {
	let t = (t) => e[t], n = e.bias !== !1;
	if (e.type === "Dense") return new Et(t("inputs"), t("outputs"), n);
	if (e.type === "MemberScale") return new At(t("members"), t("inputs"));
	if (e.type === "MemberSoftmax") return new jt(t("members"));
	let r = [
		t("members"),
		t("member_inputs"),
		t("member_outputs")
	];
	if (e.type === "SharedDense") return new Dt(...r, n);
	if (e.type === "MemberDense") return new Ot(...r, n);
	let i = Object.hasOwn(V, e.type) ? V[e.type] : void 0;
	if (!i) throw RangeError(`The model has a layer of type "${E(e.type)}", which this version does not know.`);
	return e.type === "LeakyReLU" ? new V.LeakyReLU(t("slope")) : e.type === "ELU" ? new V.ELU(t("alpha")) : new i();
}
function Xt(e, t) {
	let n = e.zeros(), r = e.views(n);
	return e.layout.forEach((e, n) => {
		for (let [i, { shape: a }] of Object.entries(e)) {
			let e = t[n][i], o = r[n][i];
			a.length === 1 ? o.set(e) : e.forEach((e, t) => e.forEach((e, n) => o[n * a[0] + t] = e));
		}
	}), n;
}
var Zt = class {
	description;
	classes;
	network;
	theta;
	encoder;
	inputs;
	constructor(e) {
		if (this.description = e, e.format !== Jt) throw RangeError(`The model has format ${e.format}, but this reads format ${Jt}.`);
		this.classes = e.classes, this.inputs = e.inputs, this.network = new st(e.layers.map(Yt)), this.theta = Xt(this.network, e.layers), this.encoder = e.columns && new ye(e.columns, e.missing_words ?? []);
	}
	get columns() {
		return this.encoder ? this.encoder.columns.map((e) => e.name) : this.inputs;
	}
	get widths() {
		return this.encoder ? this.encoder.widths : this.inputs.map(() => 1);
	}
	encode(e) {
		let t = j(e.length, this.inputs.length);
		return e.forEach((e, n) => t.data.set(this.inputsOf(e, n), n * t.columns)), t;
	}
	inputsOf(e, t) {
		let n = Qt(e) ? e : Object.fromEntries(this.columns.map((t, n) => [t, e[n]]));
		return this.encoder ? this.encoder.encode(n, t) : this.inputs.map((e) => {
			let r = n[e], i = typeof r == "number" ? r : r == null || r === "" ? NaN : Number(r);
			if (!Number.isFinite(i)) throw new T(`Column ${E(e)} must hold finite numbers, found ${E(String(r))} in row ${t}.`);
			return i;
		});
	}
	standardized(e) {
		let { mean: t, scale: n } = this.description.standardizer, r = e.columns;
		return j(e.rows, r, e.data.map((e, i) => (e - t[i % r]) / n[i % r]));
	}
	logits(e) {
		return this.network.forward(this.theta, e)[this.network.layers.length];
	}
	probabilities(e) {
		let t = new Vt(this.description.members, this.description.output === "sigmoid" ? new zt() : new Rt()), n = t.probabilities(e);
		if (this.description.output === "softmax") return n;
		let r = t.probabilities(j(e.rows, e.columns, e.data.map((e) => -e))), i = j(e.rows, 2);
		for (let t = 0; t < e.rows; t++) [i.data[2 * t], i.data[2 * t + 1]] = [r.data[t], n.data[t]];
		return i;
	}
	predict(e) {
		let t = this.probabilities(this.logits(this.standardized(this.encode(e)))), n = t.columns;
		return e.map((e, r) => {
			let i = [...t.data.subarray(r * n, (r + 1) * n)], { threshold: a = null } = this.description, o = i.indexOf(Math.max(...i));
			return {
				label: this.classes[a === null ? o : +(i[1] >= a)],
				probabilities: i
			};
		});
	}
	slopes(e, t) {
		let n = this.description.members, r = P(e, n), i = j(1, e.columns), a = this.description.output === "sigmoid" ? new zt().activation : new Rt().activation, o = a.forward({}, r), s = j(r.rows, r.columns), c = r.columns === 1 ? 0 : t, l = r.columns === 1 && t === 0 ? -1 : 1;
		for (let e = 0; e < r.rows; e++) s.data[e * r.columns + c] = l / n;
		return a.vjp({}, r, o, s, { out: P(i, n) }), i;
	}
	chain(e, t) {
		let n = this.network.forward(this.theta, e), r = n[n.length - 1];
		return {
			outputs: n,
			gradients: this.network.backwardSteps(this.theta, n, this.slopes(r, t))
		};
	}
	contributions(e, t, n) {
		let r = (e) => j(1, e.length, e), a = this.standardized(this.encode([e])), o = n ? this.standardized(r(Float64Array.from(n))).data : new Float64Array(a.columns), s = {
			value: (e) => this.probabilities(this.logits(r(e))).data[t],
			gradient: (e) => this.chain(r(e), t).gradients[0].data,
			crossing: (e, t) => this.crossing(r(e), r(t))
		}, c = i(s, a.data, o), l = 0;
		return {
			columns: this.columns.map((e, t) => {
				let n = l + this.widths[t], r = c.subarray(l, n).reduce((e, t) => e + t, 0);
				return l = n, {
					name: e,
					contribution: r
				};
			}),
			value: s.value(a.data),
			baseline: s.value(o)
		};
	}
	crossing(e, t) {
		let n = this.network.layers.map((e) => e instanceof R && e.kinked);
		if (!n.includes(!0)) return null;
		let [r, i] = [e, t].map((e) => this.network.forward(this.theta, e));
		for (let e = 0; e < n.length; e++) {
			let t = n[e] ? s(r[e].data, i[e].data) : null;
			if (t !== null) return t;
		}
		return null;
	}
};
function Qt(e) {
	return !Array.isArray(e);
}
// src/kernel/objective.ts
var $t = 256, en = class e {
	network;
	loss;
	rows;
	totalWeight;
	penalty;
	reduction;
	workspace;
	smoothed = null;
	constructor(e, t, n, r, i, a, o) {
		this.network = e, this.loss = t, this.rows = n, this.totalWeight = r, this.penalty = i, this.reduction = a, this.workspace = o;
	}
	static of(t, n, r, i, a = {}) {
		let { penalty: o = new qt(), reduction: s = "mean" } = a, c = rn(n, t, i);
		if (r.columns !== t.inputs) throw new A(`x has ${r.columns} columns, but the network takes ${t.inputs} inputs.`);
		if (c.rows !== r.rows || r.rows === 0) throw new A(`Targets must have one entry for each of the ${r.rows} rows, found ${c.rows}.`);
		let l = a.weights ? Float64Array.from(a.weights) : null, u = l ? l.reduce((e, t) => e + t, 0) : r.rows;
		return new e(t, n, {
			x: r,
			t: c,
			weights: l
		}, u, o, s, new ot());
	}
	get scale() {
		return this.reduction === "mean" ? this.totalWeight : 1;
	}
	get penaltyScale() {
		return this.totalWeight / this.scale;
	}
	get penalized() {
		return this.penalty.l1 || this.penalty.l2 ? this.network.penalized : [];
	}
	value(e) {
		let t = 0;
		for (let n of this.blocks()) t += this.sumOf(this.loss.value(this.logits(e, n), n.t), n.weights);
		return t / this.scale + this.penaltyValue(e);
	}
	valueAndGradient(e, t) {
		let n = this.rows.x.rows, { network: r, workspace: i } = this, a = n > $t ? i.matrix("block gradient", 1, r.size).data : t;
		a !== t && t.fill(0);
		let o = 0;
		for (let n of this.blocks()) {
			let s = r.forward(e, n.x, i), c = s[s.length - 1], { value: l, gradient: u } = this.loss.valueAndGradient(c, n.t, i.matrix("dz", c.rows, c.columns));
			if (this.scaleRows(u, n.weights), r.backward(e, s, u, a, i), a !== t) for (let e = 0; e < t.length; e++) t[e] += a[e];
			o += this.sumOf(l, n.weights);
		}
		for (let { start: n, end: r } of this.penalized) this.penalty.addLeastSubgradient(e.subarray(n, r), t.subarray(n, r), this.penaltyScale);
		return o / this.scale + this.penaltyValue(e);
	}
	logits(e, t) {
		return this.network.forward(e, t.x, this.workspace)[this.network.layers.length];
	}
	*blocks() {
		let { x: e, t, weights: n } = this.rows;
		for (let r = 0; r < e.rows; r += $t) {
			let i = Math.min(r + $t, e.rows);
			yield {
				x: nn(e, r, i),
				t: nn(t, r, i),
				weights: n && n.subarray(r, i)
			};
		}
	}
	sumOf(e, t) {
		let n = 0;
		for (let r = 0; r < e.length; r++) n += t ? t[r] * e[r] : e[r];
		return n;
	}
	scaleRows(e, t) {
		let n = 1 / this.scale;
		for (let r = 0, i = 0; r < e.rows; r++) {
			let a = t ? t[r] / this.scale : n;
			for (let t = 0; t < e.columns; t++, i++) e.data[i] *= a;
		}
	}
	penaltyValue(e) {
		let t = 0;
		for (let { start: n, end: r } of this.penalized) t += this.penaltyScale * this.penalty.value(e.subarray(n, r));
		return t;
	}
	weights(e) {
		let t = new Float64Array(e.length);
		for (let { start: n, end: r } of this.network.penalized) t.set(e.subarray(n, r), n);
		return t;
	}
	l1Weights() {
		if (!this.penalty.l1) return null;
		let e = this.network.zeros();
		for (let { start: t, end: n } of this.network.penalized) e.fill(this.penaltyScale * this.penalty.l1, t, n);
		return e;
	}
	smooth() {
		return this.penalty.l1 ? (this.smoothed ??= this.changed(this.rows, this.totalWeight, new qt(0, this.penalty.l2)), this.smoothed) : this;
	}
	changed(t, n, r) {
		return new e(this.network, this.loss, t, n, r, this.reduction, this.workspace);
	}
	*batches(e, t) {
		let n = this.rows.x.rows, r = t.permutation(n);
		for (let t = 0; t < n; t += e) {
			let i = this.taken(r, t, Math.min(t + e, n)), a = i.x.rows / n;
			yield {
				share: this.reduction === "mean" ? a : 1,
				batch: this.changed(i, this.totalWeight * a, this.penalty)
			};
		}
	}
	taken(e, t, n) {
		let { x: r, t: i, weights: a } = this.rows, o = n - t, [s, c] = [this.workspace.matrix("batch x", o, r.columns), this.workspace.matrix("batch t", o, i.columns)], l = a ? new Float64Array(o) : null;
		for (let n = 0; n < o; n++) {
			let o = e[t + n];
			tn(r, o, s, n), tn(i, o, c, n), l && (l[n] = a[o]);
		}
		return {
			x: s,
			t: c,
			weights: l
		};
	}
};
function tn(e, t, n, r) {
	let i = e.columns;
	for (let a = 0, o = t * i, s = r * i; a < i; a++, o++, s++) n.data[s] = e.data[o];
}
function nn(e, t, n) {
	return t === 0 && n === e.rows ? e : j(n - t, e.columns, e.data.subarray(t * e.columns, n * e.columns));
}
function rn(e, t, n) {
	let r = e.members ?? 1;
	return e.exclusive ? Pt(n, t.outputs / r) : Nt(n) ? n : j(n.length, 1, n);
}
// src/kernel/schedules.ts
function J(e, t) {
	return typeof e == "number" ? e : e.at(t);
}
function Y(e, t) {
	for (let [n, r] of Object.entries(t)) if (!(Number.isFinite(r) && r > 0)) throw RangeError(`${e} needs a finite number above zero for its ${n}, found ${r}.`);
}
function an(e, t) {
	for (let [n, r] of Object.entries(t)) if (!(r >= 0 && r < 1)) throw RangeError(`${e} needs a ${n} of at least 0 and less than 1, found ${r}.`);
}
var on = class {
	rate;
	factor;
	every;
	name = "ExponentialDecay";
	constructor(e, t = .9, n = 1) {
		this.rate = e, this.factor = t, this.every = n, Y(this.name, {
			rate: e,
			factor: t,
			every: n
		});
	}
	at(e) {
		return this.rate * this.factor ** (e / this.every);
	}
}, sn = class {
	rate;
	factor;
	every;
	name = "StepDecay";
	constructor(e, t = .5, n = 100) {
		this.rate = e, this.factor = t, this.every = n, Y(this.name, {
			rate: e,
			factor: t,
			every: n
		});
	}
	at(e) {
		return this.rate * this.factor ** Math.floor(e / this.every);
	}
}, cn = class {
	rate;
	every;
	name = "InverseTimeDecay";
	constructor(e, t = 1) {
		this.rate = e, this.every = t, Y(this.name, {
			rate: e,
			every: t
		});
	}
	at(e) {
		return this.rate / (1 + e / this.every);
	}
}, ln = class {
	rate;
	iterations;
	name = "CosineDecay";
	constructor(e, t) {
		this.rate = e, this.iterations = t, Y(this.name, {
			rate: e,
			iterations: t
		});
	}
	at(e) {
		return this.rate * (1 + Math.cos(Math.PI * Math.min(e / this.iterations, 1))) / 2;
	}
}, un = class {
	schedule;
	iterations;
	name = "Warmup";
	constructor(e, t) {
		this.schedule = e, this.iterations = t, Y(this.name, { iterations: t });
	}
	at(e) {
		return e < this.iterations ? this.schedule.at(0) * (e + 1) / this.iterations : this.schedule.at(e - this.iterations);
	}
}, dn = {
	ExponentialDecay: on,
	StepDecay: sn,
	InverseTimeDecay: cn,
	CosineDecay: ln,
	Warmup: un
}, X = {
	keep: 0,
	take: 0,
	byMean: 0,
	byGradient: 0,
	keepSquare: 0,
	takeSquare: 0,
	bySquare: 0,
	epsilon: 1,
	decay: 0
}, Z = /* @__PURE__ */ new Float64Array(), Q = class {
	rate;
	hasMean = !1;
	hasSquare = !1;
	constructor(e) {
		this.rate = e;
	}
	reach(e) {
		let { take: t, keep: n, byMean: r, byGradient: i, bySquare: a, epsilon: o } = this.coefficients(e.state.iteration - 1, e.rate), s = i + r * t / (1 - n);
		return (t) => s / (Math.sqrt(a * (e.state.square[t] ?? 0)) + o);
	}
	init(e) {
		return {
			iteration: 0,
			mean: this.hasMean ? new Float64Array(e.length) : Z,
			square: this.hasSquare ? new Float64Array(e.length) : Z
		};
	}
	step(e, t, n) {
		let r = new Float64Array(t.length), i = e.valueAndGradient(t, r), a = J(this.rate, n.iteration), o = this.coefficients(n.iteration, a), s = new Float64Array(t.length), c = n.mean.slice(), l = n.square.slice();
		if (fn(o, t, r, c, l, s), o.decay) {
			let n = e.weights(t);
			for (let e = 0; e < t.length; e++) s[e] -= o.decay * n[e];
		}
		return {
			theta: s,
			state: {
				iteration: n.iteration + 1,
				mean: c,
				square: l
			},
			value: i,
			gradient: r,
			rate: a
		};
	}
};
function fn(e, t, n, r, i, a) {
	let { keep: o, take: s, byMean: c, byGradient: l, keepSquare: u, takeSquare: d, bySquare: f, epsilon: p } = e, m = r.length > 0, h = i.length > 0;
	for (let e = 0; e < t.length; e++) {
		let g = n[e], _ = l * g, v = p;
		if (m) {
			let t = o * r[e] + s * g;
			r[e] = t, _ += c * t;
		}
		if (h) {
			let t = u * i[e] + g * g * d;
			i[e] = t, v += Math.sqrt(f * t);
		}
		a[e] = t[e] - _ / v;
	}
}
var pn = class extends Q {
	beta1;
	beta2;
	epsilon;
	weightDecay;
	name = "Adam";
	hasMean = !0;
	hasSquare = !0;
	constructor(e = .001, t = .9, n = .999, r = 1e-8, i = 0) {
		if (super(e), this.beta1 = t, this.beta2 = n, this.epsilon = r, this.weightDecay = i, Y("Adam", {
			rate: J(e, 0),
			epsilon: r
		}), an("Adam", {
			beta1: t,
			beta2: n
		}), !(i >= 0 && Number.isFinite(i))) throw RangeError(`Adam needs a weight_decay of at least 0, found ${i}.`);
	}
	coefficients(e, t) {
		let n = e + 1;
		return {
			...X,
			keep: this.beta1,
			take: 1 - this.beta1,
			byMean: t / (1 - this.beta1 ** n),
			keepSquare: this.beta2,
			takeSquare: 1 - this.beta2,
			bySquare: 1 / (1 - this.beta2 ** n),
			epsilon: this.epsilon,
			decay: t * this.weightDecay
		};
	}
	reach(e) {
		let { bySquare: t, epsilon: n } = this.coefficients(e.state.iteration - 1, e.rate);
		return (r) => e.rate / (Math.sqrt(t * e.state.square[r]) + n);
	}
}, mn = class extends Q {
	decay;
	epsilon;
	name = "RMSprop";
	hasSquare = !0;
	constructor(e = .001, t = .9, n = 1e-8) {
		super(e), this.decay = t, this.epsilon = n, Y("RMSprop", {
			rate: J(e, 0),
			epsilon: n
		}), an("RMSprop", { decay: t });
	}
	coefficients(e, t) {
		return {
			...X,
			byGradient: t,
			keepSquare: this.decay,
			takeSquare: 1 - this.decay,
			bySquare: 1,
			epsilon: this.epsilon
		};
	}
}, hn = class extends Q {
	name = "GradientDescent";
	constructor(e) {
		super(e), Y("GradientDescent", { rate: J(e, 0) });
	}
	coefficients(e, t) {
		return {
			...X,
			byGradient: t
		};
	}
}, gn = class extends Q {
	momentum;
	nesterov;
	name = "Momentum";
	hasMean = !0;
	constructor(e, t = .9, n = !1) {
		super(e), this.momentum = t, this.nesterov = n, Y("Momentum", { rate: J(e, 0) }), an("Momentum", { momentum: t });
	}
	coefficients(e, t) {
		let n = this.nesterov ? {
			byMean: -this.momentum,
			byGradient: t
		} : { byMean: -1 };
		return {
			...X,
			keep: this.momentum,
			take: -t,
			...n
		};
	}
	reach(e) {
		return () => e.rate / (1 - this.momentum);
	}
}, _n = class {
	rate;
	name = "PerceptronRule";
	constructor(e = 1) {
		this.rate = e, Y("PerceptronRule", { rate: e });
	}
	init() {
		return {
			iteration: 0,
			mean: Z,
			square: Z
		};
	}
	step(e, t, n) {
		let r = new Float64Array(t.length), i = e.valueAndGradient(t, r), a = n.iteration + +!!r.some((e) => e !== 0);
		return {
			theta: t.map((e, t) => e - this.rate * r[t]),
			state: {
				...n,
				iteration: a
			},
			value: i,
			gradient: r,
			rate: this.rate
		};
	}
}, vn = class {
	optimizer;
	name = "Proximal";
	constructor(e) {
		this.optimizer = e;
	}
	init(e) {
		return this.optimizer.init(e);
	}
	step(e, t, n) {
		let r = e.l1Weights();
		if (r === null) return this.optimizer.step(e, t, n);
		let i = this.optimizer.step(e.smooth(), t, n), a = this.optimizer.reach(i), o = 0, s = i.theta.map((e, t) => Math.sign(e) * Math.max(Math.abs(e) - a(t) * r[t], 0)), c = i.gradient.map((e, n) => (o += r[n] * Math.abs(t[n]), t[n] === 0 ? Math.sign(e) * Math.max(Math.abs(e) - r[n], 0) : e + r[n] * Math.sign(t[n])));
		return {
			...i,
			theta: s,
			value: i.value + o,
			gradient: c
		};
	}
}, yn = {
	Adam: pn,
	RMSprop: mn,
	GradientDescent: hn,
	Momentum: gn
}, bn = "diverged";
function $(e) {
	let t = 0;
	for (let n = 0; n < e.length; n++) t += e[n] * e[n];
	return Math.sqrt(t);
}
function xn(e) {
	return Number.isFinite(e.value) && Number.isFinite($(e.gradient)) && Number.isFinite($(e.theta));
}
function* Sn(e, t, n, r, i, a) {
	if (i === null || a === null) {
		yield {
			share: 1,
			step: t.step(e, n, r)
		};
		return;
	}
	let [o, s] = [n, r];
	for (let { share: n, batch: r } of e.batches(i, a)) {
		let e = t.step(r, o, s);
		[o, s] = [e.theta, e.state], yield {
			share: n,
			step: e
		};
	}
}
var Cn = class {
	objective;
	theta = null;
	gradient = /* @__PURE__ */ new Float64Array();
	known = NaN;
	constructor(e) {
		this.objective = e;
	}
	value(e) {
		return this.objective.value(e);
	}
	valueAndGradient(e, t) {
		return e !== this.theta && (this.gradient = new Float64Array(e.length), this.known = this.objective.valueAndGradient(e, this.gradient), this.theta = e), t.set(this.gradient), this.known;
	}
	weights(e) {
		return this.objective.weights(e);
	}
	l1Weights() {
		return this.objective.l1Weights();
	}
	smooth() {
		let e = this.objective.smooth();
		return e === this.objective ? this : e;
	}
	batches(e, t) {
		return this.objective.batches(e, t);
	}
};
function* wn(e, t, n, r) {
	let i = new Cn(e), a = new Float64Array(n.length);
	for (let e = 1;; e++) {
		let o = t.step(i, n, r), s = i.valueAndGradient(o.theta, a), c = $(a), l = o.rate;
		if (!(Number.isFinite(s) && Number.isFinite(c))) {
			let t = Dn(s, l, e);
			yield {
				theta: n,
				state: r,
				cost: o.value,
				gradientNorm: $(o.gradient),
				rate: l,
				iterations: e,
				stop: t
			};
			return;
		}
		[n, r] = [o.theta, o.state], yield {
			theta: n,
			state: r,
			cost: s,
			gradientNorm: c,
			rate: l,
			iterations: e,
			stop: null
		};
	}
}
function* Tn(e, t, n, r, i, a) {
	let o = 0, s = n;
	for (;;) {
		let c = n, l = 0, u = 0, d = 0;
		for (let { share: f, step: p } of Sn(e, t, n, r, i, a)) {
			if (o++, d = p.rate, !xn(p)) {
				yield {
					theta: [
						n,
						s,
						c
					].find((t) => Number.isFinite(e.value(t))) ?? c,
					state: r,
					cost: l,
					gradientNorm: u,
					rate: d,
					iterations: o,
					stop: Dn(p.value, d, o)
				};
				return;
			}
			l += f * p.value, u += f * $(p.gradient), [s, n, r] = [
				n,
				p.theta,
				p.state
			];
		}
		yield {
			theta: n,
			state: r,
			cost: l,
			gradientNorm: u,
			rate: d,
			iterations: o,
			stop: null
		};
	}
}
function* En(e, t, n, r = {}) {
	let { maxEpochs: i = Infinity, batchSize: a = null, seed: o = 0, state: s = t.init(n) } = r, c = o instanceof q ? o : new q(o), l = a === null ? wn(e, t, n, s) : Tn(e, t, n, s, a, c), u = 0;
	for (let e of l) {
		u++;
		let t = e.stop ?? (u === i ? `max_epochs = ${u} reached` : null);
		if (yield {
			number: u,
			...e,
			stop: t
		}, t !== null) return;
	}
}
function Dn(e, t, n) {
	return `${bn} at step ${n} with rate ${t}: ${Number.isFinite(e) ? "the gradient or the parameters were not finite" : `the cost was ${e}`}; the last parameters of finite cost are kept. Try a rate of ${(t / 10).toPrecision(1)} or less, or standardise the columns of x.`;
}
export { V as ACTIVATIONS, R as Activation, pn as Adam, ln as CosineDecay, en as Cost, bn as DIVERGED, Et as Dense, Ze as ELU, z as Elementwise, ye as Encoder, on as ExponentialDecay, yn as FIRST_ORDER, ie as FORMATS, Q as FirstOrder, rt as GELU, q as Generator, hn as GradientDescent, Ke as Heaviside, bt as INITIALIZERS, Ge as Identity, cn as InverseTimeDecay, Kt as LOSSES, Xe as LeakyReLU, Ot as MemberDense, Vt as MemberLoss, At as MemberScale, jt as MemberSoftmax, at as Mish, A as MismatchError, Zt as Model, gn as Momentum, st as Network, qt as Penalty, Bt as PerceptronCriterion, _n as PerceptronRule, vn as Proximal, mn as RMSprop, Ye as ReLU, T as RowError, dn as SCHEDULES, et as SELU, Dt as SharedDense, it as SiLU, qe as Sigmoid, zt as SigmoidCrossEntropy, B as Softmax, Rt as SoftmaxCrossEntropy, tt as Softplus, sn as StepDecay, Je as Tanh, un as Warmup, ot as Workspace, He as added, Y as checkPositive, I as checkRows, an as checkShare, L as checkSizes, Be as compileProducts, ue as dayOf, Pt as distributions, Sn as epochSteps, En as epochs, je as fromRows, Ue as identities, xt as initialize, i as integratedGradients, Nt as isMatrix, Ht as jointLogits, O as logistic, j as matrix, F as multiply, s as nearestCrossing, $ as norm, Oe as normalDistribution, kt as onTheDiagonal, Ve as place, J as rateAt, oe as readDate, w as readIso, ae as readNumber, P as reshaped, N as room, Me as rowMaximum, ct as ruleBefore, E as shown, k as softplus, M as tensor, D as widthOf };
