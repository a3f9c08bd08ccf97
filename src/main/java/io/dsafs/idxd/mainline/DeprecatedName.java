package io.dsafs.idxd.mainline;

import io.dsafs.core.Attribute;
import io.dsafs.core.Device;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;

/** A file's name of before 5.17, which still works and says once that it is old. */
final class DeprecatedName {
  private DeprecatedName() {}

  /**
   * The row of an old name.
   *
   * @param row with the old name
   * @param present the name to use
   * @param device whose log hears of it
   */
  static <T extends Device> Attribute<T> of(
      Attribute<T> row, String present, Function<T, MainlineDevice> device) {
    AtomicBoolean warned = new AtomicBoolean();
    Attribute.Show<T> show =
        object -> {
          warn(object, present, device.apply(object), warned);
          return row.show().show(object);
        };
    Attribute.Store<T> store =
        row.store() == null
            ? null
            : (object, text) -> {
              warn(object, present, device.apply(object), warned);
              row.store().store(object, text);
            };
    return Attribute.<T>attr(row.name(), row.mode(), show, store, row.since())
        .visibleWhen(row.visible());
  }

  private static void warn(
      Device object, String present, MainlineDevice device, AtomicBoolean warned) {
    if (!warned.getAndSet(true)) {
      device.log().warn(object, "attribute deprecated, see %s.", present);
    }
  }
}
