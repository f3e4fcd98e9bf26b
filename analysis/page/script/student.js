/* Student's t distribution, as relations/statistics/intervals.py takes it from scipy. */

/** ln of Gamma(a + 1/2) / Gamma(a), by its asymptotic series; small a are shifted upwards. */
function logGammaRatio(a) {
  let shift = 0;
  while (a < 20) {
    shift += Math.log(a / (a + 0.5));
    a += 1;
  }
  const r = 1 / a;
  const q = r * r;
  const series = r * (-1 / 8 + q * (1 / 192 + q * (-1 / 640 + q * (17 / 14336 - (q * 31) / 18432))));
  return 0.5 * Math.log(a) + series + shift;
}

/** The continued fraction of the incomplete beta function (modified Lentz). */
function betaFraction(x, a, b) {
  const tiny = 1e-300;
  const away = (value) => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / away(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m <= 20000; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / away(1 + even * d);
    c = away(1 + even / c);
    fraction *= c * d;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away(1 + odd * d);
    c = away(1 + odd / c);
    fraction *= c * d;
    if (Math.abs(c * d - 1) < 1e-16) break;
  }
  return fraction;
}

/** Two-sided tail probability of |T| >= t with df degrees of freedom. */
function studentTail(df, t) {
  if (t === 0) return 1;
  if (t === Infinity) return 0;
  const a = df / 2;
  const square = (t * t) / df;
  const x = 1 / (1 + square);
  const y = square / (1 + square);
  const front = Math.exp(logGammaRatio(a) - a * Math.log1p(square)) * Math.sqrt(y / Math.PI);
  if (x < (a + 1) / (a + 2.5)) return (front * betaFraction(x, a, 0.5)) / a;
  return 1 - 2 * front * betaFraction(y, 0.5, a);
}

/** The t that |T| exceeds with probability alpha: Newton steps on ln of the tail, kept bracketed. */
function studentCritical(df, alpha) {
  let high = 1;
  while (studentTail(df, high) > alpha) high *= 2;
  let low = high === 1 ? 0 : high / 2;
  const constant = 2 * Math.exp(logGammaRatio(df / 2)) / Math.sqrt(df * Math.PI);
  let t = (low + high) / 2;
  for (let step = 0; step < 200; step += 1) {
    const tail = studentTail(df, t);
    if (tail > alpha) low = t;
    else high = t;
    const density = constant * Math.exp((-(df + 1) / 2) * Math.log1p((t * t) / df));
    let next = t + (tail * Math.log(tail / alpha)) / density;
    if (!(next > low && next < high)) next = (low + high) / 2;
    if (Math.abs(next - t) <= 2e-16 * t) break;
    t = next;
  }
  return t;
}
