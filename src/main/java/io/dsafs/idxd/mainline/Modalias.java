package io.dsafs.idxd.mainline;

import java.util.Map;

/** What every object of the bus says in its events, last. Mirrors idxd_bus_uevent() in bus.c. */
final class Modalias {
  static final Map<String, String> VARIABLES = Map.of("MODALIAS", "idxd:t0");

  private Modalias() {}
}
