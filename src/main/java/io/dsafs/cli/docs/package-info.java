/**
 * Documents that are made, not written: the device guide from the tables of {@code spec} and {@code
 * hw.op}, the man pages and the shell completion from the command line's model.
 *
 * <p>Start with {@link io.dsafs.cli.docs.DeviceGuide} or {@link io.dsafs.cli.docs.Manual}; each has
 * a {@code main} for {@code tools/device-guide} and {@code tools/release}. What an operation allows
 * is found out by asking its rule and its checks, as a device does, so that a document cannot say
 * other than the model does. Nothing here runs in a daemon.
 */
package io.dsafs.cli.docs;
