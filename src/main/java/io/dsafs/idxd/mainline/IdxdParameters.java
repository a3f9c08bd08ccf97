package io.dsafs.idxd.mainline;

import static io.dsafs.core.Attribute.attr;
import static io.dsafs.core.KernelVersion.since;

import io.dsafs.core.Attribute;
import io.dsafs.core.KernelText;
import io.dsafs.core.ModuleParameters;
import java.util.List;

/** The parameters of the module {@code idxd}. */
final class IdxdParameters {
  static final List<Attribute<IdxdParameters>> TABLE =
      List.of(
          attr(
              "sva",
              0644,
              p -> ModuleParameters.showBool(p.sva),
              (p, text) -> p.sva = KernelText.parseBool(text),
              since(5, 12)),
          attr(
              "tc_override",
              0644,
              p -> ModuleParameters.showBool(p.tcOverride),
              (p, text) -> p.tcOverride = KernelText.parseBool(text),
              since(5, 15)));

  private volatile boolean sva = true;
  private volatile boolean tcOverride;

  /** Whether the next probe gives a device PASIDs. */
  boolean sva() {
    return sva;
  }

  /** Whether traffic classes of devices up to version 2 may be chosen. */
  boolean tcOverride() {
    return tcOverride;
  }
}
