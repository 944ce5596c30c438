using Moda.Runtime.Faces;
using Moda.Runtime.Imaging;
using Moda.Runtime.Options;
using Moda.Runtime.Workers;

namespace Moda.Runtime;

/// <content>Portraits that are prepared to speak.</content>
public sealed partial class TalkingHeadEngine
{
    /// <summary>Reads a picture, finds the face in it and prepares it to speak.</summary>
    /// <param name="path">The picture: PNG, JPEG, WebP and what else <see cref="ImageFile"/> reads.</param>
    /// <param name="face">Which face, where there are several.</param>
    /// <param name="portraitOptions">How large frames may be and how the face is framed; null for the reference's.</param>
    /// <param name="cancellationToken">Ends the preparation.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="ImageFileException">It is no picture, or a damaged one.</exception>
    /// <inheritdoc cref="PrepareAsync(RgbImage, FaceChoice, PortraitOptions?, CancellationToken)"/>
    public async Task<PreparedPortrait> PrepareAsync(
        string path, FaceChoice face = default, PortraitOptions? portraitOptions = null, CancellationToken cancellationToken = default)
    {
        RgbImage image = await Task.Run(() => ImageFile.Load(path), cancellationToken).ConfigureAwait(false);
        return await PrepareAsync(image, face, portraitOptions, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Finds the face in a picture and prepares it to speak.</summary>
    /// <param name="image">At any size.</param>
    /// <param name="face">Which face, where there are several.</param>
    /// <param name="portraitOptions">How large frames may be and how the face is framed; null for the reference's.</param>
    /// <param name="cancellationToken">Ends the preparation.</param>
    /// <exception cref="FaceNotFoundException">There is no face, not the one that was chosen, or too small a one.</exception>
    /// <inheritdoc cref="PrepareAsync(Portrait, CancellationToken)"/>
    public async Task<PreparedPortrait> PrepareAsync(
        RgbImage image, FaceChoice face = default, PortraitOptions? portraitOptions = null, CancellationToken cancellationToken = default)
    {
        Portrait portrait = await faces.CreatePortraitAsync(image, face, portraitOptions, cancellationToken).ConfigureAwait(false);
        return await PrepareAsync(portrait, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Finds all faces of a picture, for a program that lets its user choose one.</summary>
    /// <param name="image">At any size.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <returns>The faces, the highest score first; empty when there is none.</returns>
    /// <exception cref="ObjectDisposedException">The engine was disposed.</exception>
    /// <exception cref="OperationCanceledException">The search was cancelled.</exception>
    public Task<IReadOnlyList<DetectedFace>> FindFacesAsync(RgbImage image, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        return faces.FindAsync(image, cancellationToken);
    }

    /// <summary>Prepares a portrait to speak.</summary>
    /// <param name="portrait">The portrait.</param>
    /// <param name="cancellationToken">Ends the preparation.</param>
    /// <returns>The portrait on the device; the caller disposes it.</returns>
    /// <exception cref="InsufficientMemoryException">The device has too little memory left.</exception>
    /// <exception cref="ObjectDisposedException">The engine was disposed.</exception>
    /// <exception cref="OperationCanceledException">The preparation was cancelled.</exception>
    public Task<PreparedPortrait> PrepareAsync(Portrait portrait, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(portrait);
        return PrepareAsync(portrait, Reclaim, cancellationToken);
    }

    private Task<PreparedPortrait> PrepareAsync(Portrait portrait, Action<LoadedPortrait> reclaim, CancellationToken cancellationToken) =>
        context.OnMotionWorkerAsync(
            (worker, cancellation) =>
            {
                LoadedPortrait loaded = worker.Load(portrait, workers.CropSide, reclaim, cancellation);
                lock (gate)
                {
                    portraits.Add(loaded);
                }

                return new PreparedPortrait(this, loaded);
            },
            cancellationToken);
}
