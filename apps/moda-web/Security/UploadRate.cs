using System.Threading.RateLimiting;
using Microsoft.AspNetCore.RateLimiting;
using Moda.Web.Configuration;
using Moda.Web.Failures;

namespace Moda.Web.Security;

/// <summary>How many uploads a client may send in a minute.</summary>
internal static class UploadRate
{
    /// <summary>The name of the policy.</summary>
    public const string PolicyName = "uploads";

    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    /// <summary>Adds the limit: of each API key, or of each address where there are no keys.</summary>
    public static void AddUploadRate(this IServiceCollection services) => services.AddRateLimiter(limiter =>
    {
        limiter.AddPolicy(PolicyName, context =>
        {
            int uploads = context.RequestServices.GetRequiredService<Microsoft.Extensions.Options.IOptions<ServiceOptions>>().Value.UploadsPerMinute;
            string client = $"{Access.OwnerOf(context)} {context.Connection.RemoteIpAddress}";
            return RateLimitPartition.GetSlidingWindowLimiter(
                client, _ => new SlidingWindowRateLimiterOptions { PermitLimit = uploads, Window = Window, SegmentsPerWindow = 6 });
        });
        limiter.OnRejected = async (rejected, _) => await Problems.WriteAsync(
            rejected.HttpContext,
            ApiException.TooMany("too_many_requests", "More uploads were sent in a minute than one client may send.", RetryAfter(rejected)),
            rejected.HttpContext.RequestServices.GetRequiredService<IProblemDetailsService>());
    });

    private static TimeSpan RetryAfter(OnRejectedContext rejected) =>
        rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out TimeSpan wait) && wait > TimeSpan.Zero ? wait : Window / 6;
}
