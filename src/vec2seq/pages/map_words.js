// The words of a map: what its data say of each.

export class Words {
  /**
   * data: tokens [n] by descending frequency; xy [n, 2] within -1 .. 1, neighbors [n, k] and similarities [n, k], best
   * first, and groups [n], all flat; typical: for each group a list of words, by number; method: "tsne" or "pca".
   * After a bootstrap: low and high [n, k], how the neighbors' ranks among all words varied in so many runs, 0 where
   * that is not known, and whether they are stable [n, k].
   */
  constructor({tokens, xy, neighbors, similarities, groups, typical, method, low, high, stable, runs = 0}) {
    Object.assign(this, {tokens, xy, neighbors, similarities, groups, typical, method, low, high, stable, runs});
    this.n = tokens.length;
    this.k = neighbors.length / this.n;
    this.folded = tokens.map(fold);
    this.frequent = Float32Array.from(tokens, (_, i) => 1 - Math.log1p(i) / Math.log1p(this.n)); // 1 for the first .. 0
    this.groupSizes = typical.map((_, g) => groups.reduce((count, other) => count + (other === g), 0));
    this.extent = [1e-6, 1e-6]; // how far the map reaches from its middle
    xy.forEach((value, i) => { this.extent[i % 2] = Math.max(this.extent[i % 2], Math.abs(value)); });
  }

  neighborsOf(i) {
    return Array.from(this.neighbors.subarray(i * this.k, (i + 1) * this.k));
  }

  similaritiesOf(i) {
    return this.similarities.subarray(i * this.k, (i + 1) * this.k);
  }

  /** How the rank of a word's neighbor number ``at`` varied: [low, high, stable], or null. */
  ranksOf(i, at) {
    const place = i * this.k + at;
    return this.runs && this.high[place] ? [this.low[place], this.high[place], this.stable[place] === 1] : null;
  }

  /** How far from a word its neighbors are on the map, in ascending order. */
  distancesOf(i) {
    const distances = this.neighborsOf(i).map(
      j => Math.hypot(this.xy[2 * j] - this.xy[2 * i], this.xy[2 * j + 1] - this.xy[2 * i + 1]),
    );
    return distances.sort((a, b) => a - b);
  }

  /** Words for a query: the same, then those that begin with it, then those that contain it, each by rank. */
  find(query, most) {
    const wanted = fold(query.trim());
    if (!wanted) return [];
    const tiers = [[], [], []];
    for (let i = 0; i < this.n; i++) {
      const at = this.folded[i].indexOf(wanted);
      if (at >= 0) tiers[this.folded[i] === wanted ? 0 : at === 0 ? 1 : 2].push(i);
    }
    return tiers.flat().slice(0, most);
  }
}

const fold = text => text.normalize("NFKC").toLowerCase();
