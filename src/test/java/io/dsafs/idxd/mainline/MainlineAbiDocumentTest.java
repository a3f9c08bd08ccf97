package io.dsafs.idxd.mainline;

import io.dsafs.idxd.EngineAttributes;
import io.dsafs.testing.AbiDocument;
import org.junit.jupiter.api.Test;

/**
 * Holds the tables of mainline and Documentation/ABI/mainline/sysfs-driver-dma-idxd together. What
 * the driver core gives to every driver is not in them.
 */
class MainlineAbiDocumentTest {
  @Test
  void names_modes_and_versions_agree_both_ways() {
    new AbiDocument(
            "mainline/sysfs-driver-dma-idxd",
            "/sys/(?!bus/dsa/(drivers|uevent)).*/(?!uevent|dev$)\\w+")
        .with("/sys/bus/dsa/devices/<accel>/", DeviceAttributes.TABLE)
        .with("/sys/bus/dsa/devices/group<m>.<n>/", GroupAttributes.TABLE)
        .with("/sys/bus/dsa/devices/engine<m>.<n>/", EngineAttributes.TABLE)
        .with("/sys/bus/dsa/devices/wq<m>.<n>/", WqAttributes.TABLE)
        .with("/sys/module/idxd/parameters/", IdxdParameters.TABLE)
        .assertAgrees();
  }
}
