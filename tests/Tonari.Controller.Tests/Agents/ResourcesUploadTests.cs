using Grpc.Core;
using Tonari.Controller.Agents;
using Tonari.Rpc.Agent;

namespace Tonari.Controller.Tests.Agents;

public sealed class ResourcesUploadTests
{
    [Fact]
    public async Task Of_a_refusal_that_closed_the_stream_before_all_was_written_the_sentence_arrives()
    {
        var refusal = await Should.ThrowAsync<RpcException>(() => new Refusing().PutResourcesAsync("blue-main", "m-1", new byte[3 << 20], default));

        refusal.Status.ShouldBe(Refusing.Answer);
    }

    /// <summary>Takes one piece, and closes the connection.</summary>
    private sealed class Refusing : Agent.AgentClient, IClientStreamWriter<ResourcesPiece>
    {
        public static readonly Status Answer = new(StatusCode.ResourceExhausted, "The captured resources are larger than 5 bytes.");

        private int _pieces;

        public WriteOptions? WriteOptions { get; set; }

        public override AsyncClientStreamingCall<ResourcesPiece, PutResourcesResponse> PutResources(CallOptions options) =>
            new(this, Task.FromException<PutResourcesResponse>(new RpcException(Answer)), Task.FromResult(new Metadata()), () => Answer, () => [], () => { });

        public Task WriteAsync(ResourcesPiece message) =>
            _pieces++ == 0 ? Task.CompletedTask : Task.FromException(new HttpIOException(HttpRequestError.ResponseEnded, "The response ended prematurely."));

        public Task CompleteAsync() => Task.CompletedTask;
    }
}
