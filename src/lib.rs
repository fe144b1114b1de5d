//! Installs kubernetes-sigs/agent-sandbox on a Kubernetes cluster, claims sandboxes at a planned rate, and says
//! truthfully how long each took to be usable.
//!
//! A module uses what stands in lower layers alone:
//!
//! <!-- Modules by layer: written by docs/structure.py -->
//!
//! ```text
//! layer  module          modules it uses
//! 9      main            cli
//!        python          cli, run, stack, load, report, cluster, measure, config, simulator,
//!                        common, files
//!        campaign        run, load, cluster, measure, config, simulator, common, made_up
//! 8      cli             run, stack, load, report, cluster, measure, config, simulator, common,
//!                        files
//! 7      run             preflight, stack, load, report, cluster, measure, config, simulator,
//!                        common, files
//!          ab            compare
//!          baseline      compare
//!          history       compare
//!          push
//!          runners
//!          search
//!          sources       controller, pods
//!          controller
//!          pods
//!          sweep         compare
//!          compare
//! 6      preflight       stack, load, cluster, config, common
//! 5      stack           cluster, config, common, files
//!          render        source
//!          source
//!        load            cluster, measure, config, common
//!          play          claim, plan, request, watch
//!          request       claim
//!          watch         claim
//!          claim         plan
//!          plan
//!        report          measure, config, common, files
//!          ab            compare, text
//!          compare       text
//!          export
//!          history
//!          live
//!          search        text
//!          sources
//!          sweep         text
//!          text
//! 4      cluster         common, files, made_up
//!          kubeconfig    plugin
//!          plugin
//!        measure         config, simulator, common
//!          attribution
//!          compare
//!          interval      series
//!          pods          series
//!          search
//!          sources
//!          stationarity  series
//!          series
//! 3      config          simulator, common
//! 2      simulator       common, made_up
//!          controller    access, faults, kinds, settings, store
//!          http          access, faults, kinds, patch, requests, settings, store
//!          access        kinds, store
//!          faults        settings
//!          patch
//!          requests
//!          settings
//!          store         kinds
//!          kinds
//! 1      common
//!        files
//!        made_up
//! ```
//!
//! <!-- End of the modules -->
//!
//! `common`, `simulator` and `python` are crates of their own. What the Python module awaits is boxed here, or all of it
//! would be compiled there once more.

pub mod cli;
pub mod cluster;
pub mod config;
pub mod files;
pub mod load;
pub mod measure;
pub mod preflight;
pub mod report;
pub mod run;
pub mod stack;
