import { Construct } from "constructs";
import { MonitoringDashboard } from "@cdktf/provider-google/lib/monitoring-dashboard";
import type { Installation } from "../installation";
import { costsOfDay } from "./costs-of-day";
import { type DashboardChart, type ChartSection, chartSections } from "./dashboard-charts";
import type { StandardAlertSettings } from "./settings";
import type { StandardAlertId } from "./standard-alert";
import { standardAlerts } from "./standard-alerts";
import type { Watched } from "./watched";

export interface DashboardProps {
  readonly installation: Installation;
  readonly watched: Watched;
  /** Changes to alerts, by name: their thresholds are lines in the charts. */
  readonly settings: Readonly<Partial<Record<StandardAlertId, StandardAlertSettings>>>;
  /** Where costs are exported to: `project.dataset.table`. @default - it does not lead to costs */
  readonly billingExport?: string;
}

/** Columns of the page, and the size of a chart: two in a row. */
const COLUMNS = 12;
const CHART = { width: 6, height: 4 } as const;

/**
 * A page with what an environment does, and how it is.
 * @see https://cloud.google.com/monitoring/api/ref_v3/rest/v1/projects.dashboards
 */
export class Dashboard extends Construct {
  constructor(scope: Construct, id: string, { installation, watched, settings, billingExport: table }: DashboardProps) {
    super(scope, id);
    const { projectId, resourcePrefix: displayName } = installation;
    const tiles = tilesOf(chartSections(watched), settings);
    if (table !== undefined)
      tiles.push(...costs(bottomOf(tiles), costsOfDay({ projectId, namespaces: watched.namespaces, table })));
    const value = { displayName, mosaicLayout: { columns: COLUMNS, tiles } };
    new MonitoringDashboard(this, "page", {
      project: installation.projectId,
      dashboardJson: JSON.stringify(value),
    });
  }
}

/** Two charts in a row below the title of their section. */
function tilesOf(sections: readonly ChartSection[], settings: DashboardProps["settings"]) {
  let top = 0;
  return sections.flatMap(({ title, charts }) => {
    const header = tile({ left: 0, top, width: COLUMNS, height: 1 }, { title, sectionHeader: {} });
    top += 1;
    const tiles = charts.map((chart, index) => {
      const place = { left: (index % 2) * CHART.width, top: top + Math.floor(index / 2) * CHART.height, ...CHART };
      return tile(place, { title: chart.title, xyChart: plot(chart, settings) });
    });
    top += Math.ceil(charts.length / 2) * CHART.height;
    return [header, ...tiles];
  });
}

/** A section below all others. */
function costs(top: number, content: string) {
  return [
    tile({ left: 0, top, width: COLUMNS, height: 1 }, { title: "Costs of the day", sectionHeader: {} }),
    tile({ left: 0, top: top + 1, width: COLUMNS, height: 6 }, { text: { content, format: "MARKDOWN" } }),
  ];
}

function bottomOf(tiles: ReturnType<typeof tilesOf>): number {
  return Math.max(0, ...tiles.map(({ yPos = 0, height }) => yPos + height));
}

interface Place {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Without zeros: Google leaves them out of its answers, and each plan would add them again. */
function tile({ left, top, width, height }: Place, widget: object) {
  return { ...(left > 0 && { xPos: left }), ...(top > 0 && { yPos: top }), width, height, widget };
}

function plot({ alert, lines, stacked = false, unit }: DashboardChart, settings: DashboardProps["settings"]) {
  const known = standardAlerts.find(({ id }) => id === alert);
  const { enabled = true, threshold = known?.threshold } = known ? (settings[known.id] ?? {}) : {};
  return {
    dataSets: lines.map((prometheusQuery) => ({
      timeSeriesQuery: { prometheusQuery, unitOverride: unit },
      plotType: stacked ? "STACKED_AREA" : "LINE",
      targetAxis: "Y1",
    })),
    // A line where the alert opens; at 0 it would be the axis.
    ...(enabled &&
      threshold && { thresholds: [{ label: `alert: ${known?.id ?? ""}`, value: threshold, targetAxis: "Y1" }] }),
    yAxis: { scale: "LINEAR" },
  };
}
