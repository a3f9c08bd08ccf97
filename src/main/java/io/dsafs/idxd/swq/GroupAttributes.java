package io.dsafs.idxd.swq;

import static io.dsafs.core.KernelVersion.since;

import io.dsafs.core.Attribute;
import io.dsafs.idxd.GroupRows;
import java.util.List;

/** The files of a group's directory. Mirrors idxd_group_attributes in sysfs.c. */
final class GroupAttributes {
  static final List<Attribute<SwqGroup>> TABLE =
      List.of(
          GroupRows.workQueues(),
          GroupRows.engines(),
          GroupRows.useTokenLimit("use_token_limit", since(5, 6)),
          GroupRows.tokensAllowed("tokens_allowed", since(5, 6)),
          GroupRows.tokensReserved("tokens_reserved", since(5, 6)),
          GroupRows.trafficClassA(),
          GroupRows.trafficClassB());

  private GroupAttributes() {}
}
