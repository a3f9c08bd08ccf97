package io.dsafs.mounted;

/** A driver that a tree can have, for tests that hold all to the same. */
enum Abi {
  SWQ_V1("swq-v1"),

  /** With an IAA next to each DSA: {@code iax1} next to {@code dsa0}. */
  MAINLINE("mainline");

  private final String word;

  Abi(String word) {
    this.word = word;
  }

  /** Mounts a tree with this driver. */
  Mounted mount(String... options) {
    return Mounted.mount("--abi " + word + " " + String.join(" ", options));
  }

  /** How often something is done: fewer times for the second, as most of the way is the same. */
  int times(int swq, int mainline) {
    return this == SWQ_V1 ? swq : mainline;
  }

  @Override
  public String toString() {
    return word;
  }
}
