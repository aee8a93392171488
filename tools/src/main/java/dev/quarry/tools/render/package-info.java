/** Turns rows and records into text: tables for people, JSON, CSV and the like for programs. */
package dev.quarry.tools.render;
