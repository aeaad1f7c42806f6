using Microsoft.OpenApi;
using Tonari.Web.Access;

namespace Tonari.Web.Api;

/// <summary>The description of the REST API for programs: OpenAPI 3.1, <c>/api/v1/openapi.json</c>, readable by anybody.</summary>
internal static class ApiDescription
{
    private const string Document = "v1";

    /// <summary>Adds what makes it.</summary>
    public static void Add(IServiceCollection services) => services.AddOpenApi(Document, options =>
    {
        options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo
            {
                Title = "Tonari",
                Version = Document,
                Description = "Keeps stateful applications replicated to the neighbouring cluster. It does nothing that kubectl could not do with the caller's own rights.",
            };
            // Whoever reads it knows the address already.
            document.Servers = [];
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
            {
                [BearerHandler.SchemeName] = new OpenApiSecurityScheme
                {
                    Type = SecuritySchemeType.Http,
                    Scheme = "bearer",
                    Description = "A bearer token of this Kubernetes cluster, for example from: kubectl create token NAME -n NAMESPACE",
                },
            };
            document.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(BearerHandler.SchemeName, document)] = [] }];
            return Task.CompletedTask;
        });
    });

    /// <summary>Maps it.</summary>
    public static void Map(IEndpointRouteBuilder app) => app.MapOpenApi("/api/{documentName}/openapi.json").AllowAnonymous();
}
