using Moda.Extensions.Hosting.Clients;
using Moda.Runtime;
using Moda.Runtime.Faces;
using Moda.Runtime.Options;
using Moda.Web.Failures;
using Moda.Web.Media;
using Moda.Web.Portraits;

namespace Moda.Web.Kinds;

/// <summary>What all kinds of videos ask of the engine and of pictures before they are queued.</summary>
internal static class FaceChecks
{
    /// <summary>Refuses a mask of the face where the weights cannot find it.</summary>
    /// <exception cref="ApiException">They cannot.</exception>
    public static void RequireParser(TalkingHeadEngine engine, PasteBackMode pasteBack)
    {
        if (pasteBack == PasteBackMode.FaceMask && !engine.HasFaceParser)
        {
            throw ApiException.Unusable("invalid_options", "'paste_back' cannot be face_mask: the service's weights have no face parser.");
        }
    }

    /// <summary>Refuses a picture without the face that was chosen.</summary>
    /// <exception cref="ApiException">It is no picture that the service takes.</exception>
    /// <exception cref="FaceNotFoundException">It has no such face.</exception>
    public static Task RequireFaceAsync(
        ITalkingHeadClient client, MediaReader media, string path, string name, FaceChoice face, CancellationToken cancellationToken) => media.LookAtPictureAsync(
            path, name, async picture => face.Choose(picture, await PortraitShelf.EngineOf(client).FindFacesAsync(picture, cancellationToken)), cancellationToken);
}
