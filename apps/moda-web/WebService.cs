using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Moda.Extensions.Hosting;
using Moda.Extensions.Hosting.Telemetry;
using Moda.Web.Api;
using Moda.Web.Configuration;
using Moda.Web.Failures;
using Moda.Web.Jobs;
using Moda.Web.Kinds;
using Moda.Web.Media;
using Moda.Web.Portraits;
using Moda.Web.Security;
using Moda.Web.Sockets;
using Moda.Web.Uploads;
using Moda.Weights;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Moda.Web;

/// <summary>The service: its parts, and how it starts and ends.</summary>
internal static class WebService
{
    private const string UsualAddress = "http://127.0.0.1:7860";

    private static readonly TimeSpan PingInterval = TimeSpan.FromSeconds(20);

    /// <summary>What <c>--help</c> says.</summary>
    internal const string Help = """
        Opens the page and the REST API on http://127.0.0.1:7860. docs/service.md describes all settings.

          --urls ADDRESS           where to listen; beyond this machine API keys are demanded
          --data FOLDER            where uploads, videos and the database lie
          --weights FOLDER         weights that 'moda convert' has written; the open checkpoint without it
          --device NAME            auto, cpu, cuda, cuda:N
          --precision NAME         Float16, Float32
          --threads N              threads of a CPU
          --database CONNECTION    PostgreSQL for the jobs; SQLite without it
          --Service:NAME=VALUE     any setting of the service, such as --Service:ApiKeys:me=KEY
          --Moda:NAME=VALUE        any setting of the engine
        """;

    /// <summary>Short names of settings on the command line.</summary>
    internal static readonly Dictionary<string, string> ShortOptions = new()
    {
        ["--weights"] = "Moda:Weights",
        ["--device"] = "Moda:Device",
        ["--precision"] = "Moda:Precision",
        ["--threads"] = "Moda:Threads",
        ["--data"] = "Service:DataFolder",
        ["--database"] = "Service:Database",
    };

    /// <summary>Runs the service until it is stopped.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] arguments)
    {
        if (arguments is ["--help" or "-h" or "-?", ..])
        {
            await Console.Out.WriteLineAsync(Help);
            return 0;
        }

        try
        {
            await using WebApplication app = Build(arguments);
            await app.RunAsync();
            return 0;
        }
        catch (Exception error) when (error is ModaException or OptionsValidationException or IOException)
        {
            await Console.Error.WriteLineAsync($"moda-web: {error.Message}");
            return 1;
        }
    }

    /// <summary>Puts the service together.</summary>
    /// <param name="arguments">The command line: options as "--Section:Name=value", or short as in <see cref="ShortOptions"/>.</param>
    /// <param name="configure">Changes its parts, for tests; null for none.</param>
    internal static WebApplication Build(string[] arguments, Action<WebApplicationBuilder>? configure = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.AddCommandLine(arguments, ShortOptions);
        if (string.IsNullOrEmpty(builder.Configuration[WebHostDefaults.ServerUrlsKey]) && !builder.Configuration.GetSection("Kestrel:Endpoints").Exists())
        {
            builder.WebHost.UseUrls(UsualAddress);
        }

        AddParts(builder.Services);
        AddTelemetry(builder.Services, builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]);
        configure?.Invoke(builder);
        WebApplication app = builder.Build();
        Map(app);
        return app;
    }

    private static void AddParts(IServiceCollection services)
    {
        services.AddOptions<ServiceOptions>().BindConfiguration(ServiceOptions.SectionName).ValidateOnStart();
        services.AddSingleton<IValidateOptions<ServiceOptions>, ServiceOptionsValidator>();
        services.AddModa().UseOpenTelemetry().UseLogging();
        services.AddSingleton<IPostConfigureOptions<ModaOptions>, EngineDefaults>();

        services.AddSingleton<DataFolder>();
        services.AddSingleton<JobDatabase>();
        services.AddSingleton<JobStore>();
        services.AddSingleton<JobBoard>();
        services.AddSingleton<MediaReader>();
        services.AddSingleton<VideoInspector>();
        services.AddSingleton<IVideoKind, TalkingVideos>();
        services.AddSingleton<IVideoKind, DubbedVideos>();
        services.AddSingleton<IVideoKind, DrivenVideos>();
        services.AddSingleton<VideoKinds>();
        services.AddSingleton<VideoMaker>();
        services.AddSingleton<VideoRequests>();
        services.AddSingleton<PortraitShelf>();
        services.AddSingleton<SocketLimit>();
        services.AddSingleton<VideoDescriptions>();
        services.AddHostedService<JobRunner>();
        services.AddSingleton<Retention>();
        services.AddHostedService(provider => provider.GetRequiredService<Retention>());

        services.AddSingleton<Access>();
        services.AddHostedService<ListeningCheck>();
        services.AddUploadRate();
        services.AddProblemDetails(details => details.CustomizeProblemDetails = Problems.Complete);
        services.AddExceptionHandler<Problems>();
        services.ConfigureHttpJsonOptions(json => ApiJson.Configure(json.SerializerOptions));
        services.AddOpenApi();
        services.AddOptions<HostOptions>().Configure<IOptions<ServiceOptions>>(
            (host, service) => host.ShutdownTimeout = TimeSpan.FromSeconds(service.Value.DrainSeconds + 15));
        services.AddOptions<Microsoft.AspNetCore.Server.Kestrel.Core.KestrelServerOptions>().Configure<IOptions<ServiceOptions>>((kestrel, service) =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = RequestSize.LimitFor([service.Value.LargestPortraitBytes]);
        });
        services.AddCors();
    }

    // Metrics are there to be fetched; traces, and metrics too, are sent where a collector is named.
    private static void AddTelemetry(IServiceCollection services, string? collector)
    {
        OpenTelemetryBuilder telemetry = services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("moda-web"))
            .WithMetrics(metrics => metrics.AddMeter(ModaTelemetry.MeterName).AddAspNetCoreInstrumentation().AddPrometheusExporter())
            .WithTracing(traces => traces.AddSource(ModaTelemetry.SourceName).AddAspNetCoreInstrumentation());
        if (!string.IsNullOrEmpty(collector))
        {
            telemetry.UseOtlpExporter();
        }
    }

    private static void Map(WebApplication app)
    {
        string[] origins = app.Services.GetRequiredService<IOptions<ServiceOptions>>().Value.AllowedOrigins;
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.UseSecurityHeaders();
        if (origins.Length > 0)
        {
            app.UseCors(cors => cors.WithOrigins(origins).AllowAnyMethod().AllowAnyHeader().WithExposedHeaders("Location", "Retry-After", "ETag"));
        }

        app.UseDefaultFiles();
        app.UseStaticFiles(new StaticFileOptions
        {
            // Scripts of one version only: browsers ask whether theirs is still the newest.
            OnPrepareResponse = file => file.Context.Response.Headers.CacheControl = "no-cache",
        });
        app.UseRouting();
        app.UseRequestSize();
        Access access = app.Services.GetRequiredService<Access>();
        app.Use((context, next) =>
        {
            // Health is for balancers, and a session begins without a cookie; all else is for those who may ask.
            if (!context.Request.Path.StartsWithSegments("/health", StringComparison.Ordinal) && context.Request.Path != SessionEndpoint.Path)
            {
                access.Admit(context);
            }

            return next(context);
        });
        app.UseRateLimiter();
        app.UseWebSockets(new WebSocketOptions { KeepAliveInterval = PingInterval, KeepAliveTimeout = PingInterval });
        app.MapVideos();
        app.MapPortraits();
        app.MapPose();
        app.MapLive();
        app.MapSession();
        app.MapCatalogue();
        app.MapOpenApi();
        app.MapPrometheusScrapingEndpoint();
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false });
        app.MapHealthChecks("/health/ready", new HealthCheckOptions { Predicate = check => check.Tags.Contains("ready") });
    }
}
