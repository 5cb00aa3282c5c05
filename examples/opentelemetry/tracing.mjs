/** Starts the SDK of OpenTelemetry before the gateway. What it exports and where to is in the variables `OTEL_*`. */
import { NodeSDK } from '@opentelemetry/sdk-node';

new NodeSDK().start();
