/**
 * Tests over a real mount, made by the launcher, in shell steps and with real programs.
 *
 * <p>They run after the jar has been packaged. Without /dev/fuse they are skipped, and say so.
 */
package io.dsafs.mounted;
