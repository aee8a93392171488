/** The dashboard's server: the one place that knows Javalin and Jetty. */
package dev.quarry.tools.serving;
