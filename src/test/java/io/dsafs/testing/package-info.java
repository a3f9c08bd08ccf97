/**
 * What tests of several packages share: a whole machine without a mount ({@link
 * io.dsafs.testing.Machine}), the processes on it, and an endpoint that notes what passes through.
 */
package io.dsafs.testing;
