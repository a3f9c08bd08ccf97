package io.dsafs.idxd.mainline;

import io.dsafs.idxd.EngineAttributes;
import io.dsafs.testing.AbiDocument;
import org.junit.jupiter.api.Test;

/**
 * Holds the tables of mainline and Documentation/ABI/mainline/sysfs-driver-dma-idxd together. What
 * the driver core gives to every driver is not in them, nor what is in debugfs.
 */
class MainlineAbiDocumentTest {
  @Test
  void names_modes_and_versions_agree_both_ways() {
    new AbiDocument(
            "mainline/sysfs-driver-dma-idxd",
            "/sys/(?!bus/dsa/(drivers(?!/crypto)|uevent)|kernel).*/(?!uevent|dev$|(un)?bind)\\w+")
        .with("/sys/bus/dsa/devices/<accel>/", DeviceAttributes.TABLE)
        .with("/sys/bus/dsa/devices/group<m>.<n>/", GroupAttributes.TABLE)
        .with("/sys/bus/dsa/devices/engine<m>.<n>/", EngineAttributes.TABLE)
        .with("/sys/bus/dsa/devices/wq<m>.<n>/", WqAttributes.TABLE)
        .with("/sys/bus/dsa/devices/wq<m>.<n>/dsa!wq<m>.<n>/file<f>/", UserFileDevice.TABLE)
        .with("/sys/bus/dsa/devices/wq<m>.<n>/iax!wq<m>.<n>/file<f>/", UserFileDevice.TABLE)
        .with("/sys/bus/dsa/drivers/crypto/", CryptoDriver.TABLE)
        .with("/sys/module/idxd/parameters/", IdxdParameters.TABLE)
        .assertAgrees();
  }
}
