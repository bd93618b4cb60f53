// loaded on every desk page: keep it small, charts live in kam_charts.bundle.js
import "./workflow";
import "./reports";
import "./intelligence";
import "./imports";
import "./target_import";
import "./lists";
import "./dashboard";
import "./tours";
import "./help";
