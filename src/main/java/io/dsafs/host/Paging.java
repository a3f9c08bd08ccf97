package io.dsafs.host;

import java.util.Locale;

/** What a device meets that may not ask for pages. */
public enum Paging {
  /** A page fault where a page is not present, as on hardware. */
  STRICT,
  /** The page: it is brought in as if the process had touched it. */
  LENIENT;

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
