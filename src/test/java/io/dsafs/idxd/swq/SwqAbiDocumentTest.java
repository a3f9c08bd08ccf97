package io.dsafs.idxd.swq;

import io.dsafs.idxd.DmaChannel;
import io.dsafs.idxd.EngineAttributes;
import io.dsafs.testing.AbiDocument;
import org.junit.jupiter.api.Test;

/**
 * Holds the tables of swq-v1 and Documentation/ABI/stable/sysfs-driver-dma-idxd together. What the
 * driver core gives to every object is not in them.
 */
class SwqAbiDocumentTest {
  @Test
  void names_modes_and_versions_agree_both_ways() {
    new AbiDocument(
            "stable/sysfs-driver-dma-idxd",
            "/sys/bus/dsa/devices/(dsa<m>|(group|engine|wq)<m>\\.<n>)/(?!uevent)\\w+"
                + "|/sys/class/dma/dma<i>chan<j>/(?!uevent)\\w+")
        .with("/sys/bus/dsa/devices/dsa<m>/", DeviceAttributes.TABLE)
        .with("/sys/bus/dsa/devices/group<m>.<n>/", GroupAttributes.TABLE)
        .with("/sys/bus/dsa/devices/engine<m>.<n>/", EngineAttributes.TABLE)
        .with("/sys/bus/dsa/devices/wq<m>.<n>/", WqAttributes.TABLE)
        .with("/sys/class/dma/dma<i>chan<j>/", DmaChannel.TABLE)
        .assertAgrees();
  }
}
