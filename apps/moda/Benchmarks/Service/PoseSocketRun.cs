using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using Moda.Runtime.Options;

namespace Moda.Cli.Benchmarks.Service;

/// <summary>Positions on a pose socket, sent as fast as pictures come back. Pictures are not decoded.</summary>
/// <param name="socket">The socket.</param>
internal sealed class PoseSocketRun(ServiceSocket socket)
{
    private readonly Queue<(uint Number, long SentAt)> inFlight = [];
    private uint next;

    /// <summary>Times pictures. The first run makes some before them, at most as many, that are not timed.</summary>
    /// <param name="count">How many are timed.</param>
    /// <param name="depth">Positions that are under way at once. One that a newer position replaces at the service has no picture.</param>
    /// <param name="report">Is told how many pictures have come.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ServiceException">The service closes the socket.</exception>
    public async Task<PoseFigures> RunAsync(int count, int depth, Action<int> report, CancellationToken cancellationToken)
    {
        double[] seconds = new double[count];
        long begun = 0;
        for (int picture = next == 0 ? -Math.Min(PoseTable.FirstPoses, count) : 0; picture < count; picture++)
        {
            begun = picture == 0 ? Stopwatch.GetTimestamp() : begun;
            while (inFlight.Count < depth)
            {
                await SendAsync(cancellationToken);
            }

            double taken = await ReceiveAsync(cancellationToken);
            if (picture >= 0)
            {
                seconds[picture] = taken;
                report(picture + 1);
            }
        }

        double all = Stopwatch.GetElapsedTime(begun).TotalSeconds;
        while (inFlight.Count > 0)
        {
            await ReceiveAsync(cancellationToken);
        }

        return new PoseFigures(depth, count, count / all, Quantiles.Of(seconds)!);
    }

    private async Task SendAsync(CancellationToken cancellationToken)
    {
        FacePose pose = PoseTable.At((int)next);
        string json = string.Create(CultureInfo.InvariantCulture, $$$"""{"sequence": {{{next}}}, "sliders": {"yaw": {{{pose.Yaw:0.000}}}, "smile": {{{pose.Smile:0.000}}}}}""");
        inFlight.Enqueue((next++, Stopwatch.GetTimestamp()));
        await socket.SendAsync(json, cancellationToken);
    }

    // Seconds from the position to its picture.
    private async Task<double> ReceiveAsync(CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> message = await socket.ReceiveAsync(cancellationToken);
        long now = Stopwatch.GetTimestamp();
        uint number = message.Length > sizeof(uint)
            ? BinaryPrimitives.ReadUInt32LittleEndian(message.Span)
            : throw new ServiceException($"{socket.What}: a message has {message.Length} bytes and is no picture.");
        while (inFlight.TryDequeue(out (uint Number, long SentAt) sent))
        {
            if (sent.Number == number)
            {
                return Stopwatch.GetElapsedTime(sent.SentAt, now).TotalSeconds;
            }
        }

        throw new ServiceException($"{socket.What}: a picture has the number {number}, which no position had.");
    }
}
