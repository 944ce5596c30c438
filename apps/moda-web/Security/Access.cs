using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Moda.Web.Configuration;
using Moda.Web.Failures;

namespace Moda.Web.Security;

/// <summary>
/// Who may ask. With API keys: whoever sends one, as a bearer token or in the page's cookie, and sees what was made with it. Without keys: this
/// machine alone, by one of its own names, so that no page of another site reaches the service through a name that it has made up.
/// </summary>
internal sealed class Access(IOptions<ServiceOptions> options)
{
    /// <summary>The cookie that the page keeps its key in. Scripts cannot read it.</summary>
    public const string CookieName = "moda-key";

    private const string LocalOwner = "local";
    private const string OwnerItem = "moda.owner";
    private const string Scheme = "Bearer ";

    private readonly (string Owner, byte[] Hash)[] keys = [.. options.Value.ApiKeys.Select(key => (key.Key, HashOf(key.Value)))];
    private readonly HashSet<string> origins = new(options.Value.AllowedOrigins, StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether a key is needed.</summary>
    public bool NeedsKey => keys.Length > 0;

    /// <summary>Who asks, once <see cref="Admit"/> has let the request pass.</summary>
    public static string OwnerOf(HttpContext context) => (string)context.Items[OwnerItem]!;

    /// <summary>Lets a request pass.</summary>
    /// <exception cref="ApiException">It may not.</exception>
    public void Admit(HttpContext context)
    {
        RefuseOtherSites(context.Request);
        context.Items[OwnerItem] = NeedsKey ? OwnerByKey(context.Request) : LocalOwnerOf(context);
    }

    /// <summary>Whose key it is; null where it is nobody's.</summary>
    public string? FindOwner(string key)
    {
        byte[] hash = HashOf(key);
        string? found = null;
        foreach ((string owner, byte[] known) in keys)
        {
            // All are compared, and each in the same time, so that time tells nothing about keys.
            found = CryptographicOperations.FixedTimeEquals(hash, known) ? owner : found;
        }

        return found;
    }

    /// <summary>The key that a request brings; null where it brings none.</summary>
    public static string? KeyOf(HttpRequest request) =>
        request.Headers.Authorization.ToString() is { } header && header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            ? header[Scheme.Length..].Trim()
            : request.Cookies[CookieName];

    private static byte[] HashOf(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));

    private static string LocalOwnerOf(HttpContext context)
    {
        bool isLocal = context.Connection.RemoteIpAddress is { } client && IPAddress.IsLoopback(client)
            && (context.Request.Host.Host is "localhost" || (IPAddress.TryParse(context.Request.Host.Host.Trim('[', ']'), out IPAddress? name) && IPAddress.IsLoopback(name)));
        return isLocal ? LocalOwner : throw new ApiException(
            StatusCodes.Status403Forbidden,
            "key_required",
            $"The service has no API keys and answers this machine alone, as localhost. Set {ServiceOptions.SectionName}:ApiKeys:NAME to a key to let others ask.");
    }

    private string OwnerByKey(HttpRequest request) =>
        KeyOf(request) is { } key && FindOwner(key) is { } owner
            ? owner
            : throw new ApiException(StatusCodes.Status401Unauthorized, "key_required", "The service demands an API key: Authorization: Bearer KEY.");

    // Browsers tell from which site a request comes. A form or a socket of another site would use the page's cookie, or this machine's trust.
    private void RefuseOtherSites(HttpRequest request)
    {
        string origin = request.Headers.Origin.ToString();
        bool isOwn = origin.Length == 0 || origins.Contains(origin)
            || (Uri.TryCreate(origin, UriKind.Absolute, out Uri? site) && string.Equals(site.Authority, request.Host.Value, StringComparison.OrdinalIgnoreCase));
        bool isSent = request.Headers["Sec-Fetch-Site"].ToString() is not "cross-site" || origins.Contains(origin);
        if (!isOwn || !isSent)
        {
            throw new ApiException(StatusCodes.Status403Forbidden, "other_site", $"A page of another site asks. Allow its origin in {ServiceOptions.SectionName}:AllowedOrigins if it may.");
        }
    }
}
