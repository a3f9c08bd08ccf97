package io.dsafs.idxd.mainline;

import static io.dsafs.core.KernelVersion.since;
import static io.dsafs.idxd.DeviceRows.number;

import io.dsafs.core.Attribute;
import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.core.KernelText;
import io.dsafs.idxd.GroupRows;
import io.dsafs.spec.DeviceKind;
import io.dsafs.spec.GrpCap;
import java.util.List;

/** The files of a group's directory. Mirrors idxd_group_attributes in sysfs.c. */
final class GroupAttributes {
  static final List<Attribute<MainlineGroup>> TABLE =
      List.of(
          GroupRows.workQueues(),
          GroupRows.engines(),
          old(GroupRows.useTokenLimit("use_token_limit", since(5, 6)), "use_read_buffer_limit"),
          GroupRows.<MainlineGroup>useTokenLimit("use_read_buffer_limit", since(5, 17))
              .visibleWhen(GroupAttributes::isDsa),
          old(GroupRows.tokensAllowed("tokens_allowed", since(5, 6)), "read_buffers_allowed"),
          GroupRows.<MainlineGroup>tokensAllowed("read_buffers_allowed", since(5, 17))
              .visibleWhen(GroupAttributes::isDsa),
          old(GroupRows.tokensReserved("tokens_reserved", since(5, 6)), "read_buffers_reserved"),
          GroupRows.<MainlineGroup>tokensReserved("read_buffers_reserved", since(5, 17))
              .visibleWhen(GroupAttributes::isDsa),
          GroupRows.trafficClassA(),
          GroupRows.trafficClassB(),
          Attribute.<MainlineGroup>attr(
                  "desc_progress_limit",
                  0644,
                  g -> number(g.descProgressLimit()),
                  (g, text) -> store(g, text, g::setDescProgressLimitLocked),
                  since(6, 1))
              .visibleWhen(GroupAttributes::hasProgressLimits),
          Attribute.<MainlineGroup>attr(
                  "batch_progress_limit",
                  0644,
                  g -> number(g.batchProgressLimit()),
                  (g, text) -> store(g, text, g::setBatchProgressLimitLocked),
                  since(6, 1))
              .visibleWhen(GroupAttributes::hasProgressLimits));

  private static final int MAX_PROGRESS_LIMIT = 3;

  private GroupAttributes() {}

  private static boolean isDsa(MainlineGroup group) {
    return group.device().kind() == DeviceKind.DSA;
  }

  private static boolean hasProgressLimits(MainlineGroup group) {
    return GrpCap.PROGRESS_LIMIT.isSet(group.device().capabilities().grpcap());
  }

  private static Attribute<MainlineGroup> old(Attribute<MainlineGroup> row, String present) {
    return DeprecatedName.of(row, present, MainlineGroup::device)
        .visibleWhen(GroupAttributes::isDsa);
  }

  private interface Setter {
    void set(int limit);
  }

  /**
   * EINVAL: not a number, or not 0 to 3. Neither the state nor a read-only configuration matters.
   * Mirrors group_desc_progress_limit_store().
   */
  private static void store(MainlineGroup group, String text, Setter setter) throws ErrnoException {
    long limit = KernelText.parseSigned(text);
    if (limit < 0 || limit > MAX_PROGRESS_LIMIT) {
      throw new ErrnoException(Errno.EINVAL, "not a progress limit: " + limit);
    }
    group.device().deviceLock.lock();
    try {
      setter.set((int) limit);
    } finally {
      group.device().deviceLock.unlock();
    }
  }
}
