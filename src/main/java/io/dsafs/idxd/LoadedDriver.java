package io.dsafs.idxd;

import io.dsafs.core.Driver;
import io.dsafs.core.Module;
import java.util.List;

/**
 * What a load of the driver registers, in this order: modules, the bus, the drivers on it, the PCI
 * driver.
 *
 * @param modules {@code idxd} and those around it
 * @param drivers of the bus {@code dsa}
 */
public record LoadedDriver(
    DriverGlobals globals, List<Module> modules, List<Driver> drivers, IdxdPciDriver pciDriver) {}
